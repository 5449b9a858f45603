"""The words of the flight application: what is filed in Chinese, what explains it in English.

The thirteen titles are those of article 27 of the Interim Regulations on the Management of Unmanned
Aircraft Flight (无人驾驶航空器飞行管理暂行条例, State Council and Central Military Commission, order 761,
in force since 2024-01-01). A key that ends in ``_hint`` says what belongs into the blank of the key before.
"""

APPLICATION_PHRASES: dict[str, tuple[str, str]] = {
    "app_title": ("Application for unmanned aircraft flight", "无人驾驶航空器飞行活动申请"),
    "app_draft": (
        "DRAFT made by software from the mission folder; a person must check and complete it. Not legal "
        "advice.",
        "草稿：由软件根据任务文件夹生成，须经人工核对、补全后方可提交；不构成法律意见。",
    ),
    "app_mission": ("Mission: {mission}", "任务名称：{mission}"),
    "app_blank": ("enter: {hint}", "待填：{hint}"),
    "app_signature": (
        "Applicant (seal): ____________    Date: ____________",
        "申请单位（盖章）：____________    申请日期：______年____月____日",
    ),
    # the thirteen items
    "app_item_1": (
        "1. Organisation or person, pilots, and their certificates",
        "（一）组织飞行活动的单位或者个人、操控人员信息以及有关资质证书",
    ),
    "app_item_2": (
        "2. Type, number, main performance and registration of the aircraft",
        "（二）无人驾驶航空器的类型、数量、主要性能指标和登记管理信息",
    ),
    "app_item_3": (
        "3. Kind of task and way of flying; the approval of the task where the state prescribes one",
        "（三）飞行任务性质和飞行方式，执行国家规定的特殊通用航空飞行任务的还应当提供有效的任务批准文件",
    ),
    "app_item_4": ("4. Places to take off, land and divert to", "（四）起飞、降落和备降机场（场地）"),
    "app_item_5": ("5. How to communicate", "（五）通信联络方法"),
    "app_item_6": ("6. Expected begin and end of flying", "（六）预计飞行开始、结束时刻"),
    "app_item_7": (
        "7. Routes, heights, speeds and airspace; how it is entered and left",
        "（七）飞行航线、高度、速度和空域范围，进出空域方法",
    ),
    "app_item_8": (
        "8. Radio frequency and bandwidth of the command and control link",
        "（八）指挥控制链路无线电频率以及占用带宽",
    ),
    "app_item_9": (
        "9. Ability to communicate, to navigate and to be surveilled",
        "（九）通信、导航和被监视能力",
    ),
    "app_item_10": (
        "10. Code asked for, where a transponder or the like is installed",
        "（十）安装二次雷达应答机或者有关自动监视设备的，应当注明代码申请",
    ),
    "app_item_11": ("11. What is done in an emergency", "（十一）应急处置程序"),
    "app_item_12": ("12. Special support needed", "（十二）特殊飞行保障需求"),
    "app_item_13": (
        "13. Whatever else the state's air traffic control prescribes",
        "（十三）国家空中交通管理领导机构规定的与空域使用和飞行安全有关的其他必要信息",
    ),
    # 1
    "app_organisation": ("Organisation or person", "单位或者个人"),
    "app_organisation_hint": ("full name and credit code", "全称、统一社会信用代码或者身份证件号码"),
    "app_contact": ("Contact", "联系人"),
    "app_contact_hint": ("name", "姓名"),
    "app_phone": ("Phone", "联系电话"),
    "app_phone_hint": ("a phone that is answered during the flight", "飞行期间保持畅通的电话"),
    "app_pilot": ("Pilots", "操控人员"),
    "app_pilot_hint": ("name of every pilot", "每名操控人员的姓名、身份证件号码"),
    "app_licence": ("Pilot licence", "操控员执照"),
    "app_licence_hint": (
        "number (article 16, small and above); training for light aircraft in controlled airspace "
        "(article 17)",
        "执照编号（第十六条，小型及以上）；轻型在管制空域内飞行的，填培训合格情况（第十七条）",
    ),
    "app_operating_certificate": ("Operating certificate", "运营合格证"),
    "app_operating_certificate_hint": ("number (article 11, all but micro)", "编号（第十一条，微型以外）"),
    "app_insurance": ("Liability insurance", "责任保险"),
    "app_insurance_hint": (
        "policy (article 12: commercial flight, and small aircraft and above)",
        "保单号（第十二条：经营性飞行，以及小型及以上）",
    ),
    # 2
    "app_model": ("Model", "型号"),
    "app_kind": ("Type", "类型"),
    "app_kind_multirotor": ("multirotor", "多旋翼"),
    "app_kind_fixed_wing": ("fixed-wing", "固定翼"),
    "app_kind_vtol": ("fixed-wing VTOL", "垂直起降固定翼"),
    "app_class": ("Class by mass (article 62)", "类别（第六十二条，仅按重量）"),
    "app_class_hint": ("class", "微型、轻型、小型、中型或者大型"),
    "app_class_micro": ("micro", "微型"),
    "app_class_light": ("light", "轻型"),
    "app_class_small": ("small", "小型"),
    "app_class_medium": ("medium", "中型"),
    "app_class_large": ("large", "大型"),
    "app_count": ("Number", "数量"),
    "app_aircraft_count": ("{count}", "{count} 架"),
    "app_mass": ("Empty mass (with batteries) and largest take-off mass", "空机重量（含电池）、最大起飞重量"),
    "app_mass_hint": ("both in kg", "千克"),
    "app_masses": ("{empty:g} kg, {mtow:g} kg", "{empty:g} 千克、{mtow:g} 千克"),
    "app_performance": ("Performance", "主要性能"),
    "app_performance_values": (
        "cruise {cruise:g} m/s, climb {climb:g} m/s, descent {descent:g} m/s, battery {battery:g} Wh, "
        "about {minutes:.0f} min in cruise",
        "巡航速度 {cruise:g} 米/秒，上升 {climb:g} 米/秒，下降 {descent:g} 米/秒，电池 {battery:g} 瓦时，"
        "巡航续航约 {minutes:.0f} 分钟",
    ),
    "app_registration": ("Registration", "实名登记标志"),
    "app_registration_hint": ("mark of every aircraft (article 10)", "每架的登记标志（第十条）"),
    # 3
    "app_purpose": ("Kind of task", "飞行任务性质"),
    "app_purpose_hint": ("for example aerial survey of farmland", "如：农田航空摄影巡查"),
    "app_flight_mode": ("Way of flying", "飞行方式"),
    "app_flight_mode_hint": (
        "within or beyond visual line of sight; the path goes up to {farthest} from its site",
        "视距内或者超视距；航线距起降场地最远 {farthest}",
    ),
    "app_automatic": ("Guidance", "操控方式"),
    "app_automatic_values": (
        "along a programmed route, the pilot can take over at any time",
        "按预设航线自动飞行，操控员全程可随时人工介入",
    ),
    "app_task_approval": ("Approval of the task", "任务批准文件"),
    "app_task_approval_hint": (
        'document, or "none"; not needed for micro and light aircraft in free airspace (article 31)',
        "批准文件名称及文号，或者“无”；微型、轻型在适飞空域内飞行的无需取得（第三十一条）",
    ),
    # 4
    "app_sites": ("Take-off and landing", "起飞、降落场地"),
    "app_rally": ("Diversion", "备降场地"),
    "app_rally_hint": ("at least one place beside the take-off site", "起降场地以外至少一处"),
    "app_place": ("{name}: {where}, {alt:.0f} m above sea level", "{name}：{where}，海拔 {alt:.0f} 米"),
    "app_also_sites": ("the take-off sites stand in for each other", "各起降场地互为备降场地"),
    # 5
    "app_communication": ("With air traffic control", "与空中交通管理机构的联络方法"),
    "app_communication_hint": ("phone or radio, call sign", "电话或者电台频率、呼号"),
    # 6
    "app_window": (
        "{first:%Y-%m-%d} {first:%H:%M} to {last:%H:%M}, {sorties} flights",
        "{first:%Y年%m月%d日} {first:%H:%M} 至 {last:%H:%M}，{sorties} 架次",
    ),
    "app_windows": ("Begin and end, UTC{offset:+g}", "开始、结束时刻（UTC{offset:+g}）"),
    "app_windows_hint": (
        "day, begin and end; flying takes {minutes:.0f} min in {sorties} flights",
        "日期、开始和结束时刻；共 {sorties} 架次，飞行 {minutes:.0f} 分钟",
    ),
    # 7
    "app_routes": ("Routes", "飞行航线"),
    "app_routes_values": (
        "flights: {sorties}, {path} in all, see annex 2 and plan.kml",
        "共 {sorties} 架次，航程合计 {path}，见附件二和 plan.kml",
    ),
    "app_heights": ("Heights", "飞行高度"),
    "app_heights_values": (
        "true height at most {highest:.0f} m, not above {ceiling:.0f} m; {low:.0f} to {high:.0f} m above "
        "sea level",
        "真高最高 {highest:.0f} 米，不超过 {ceiling:.0f} 米；海拔 {low:.0f} 至 {high:.0f} 米",
    ),
    "app_speed": ("Speed", "飞行速度"),
    "app_speed_values": ("at most {speed:g} m/s on the lines", "作业航线速度不超过 {speed:g} 米/秒"),
    "app_airspace": ("Airspace", "空域范围"),
    "app_airspace_values": (
        "areas: {parts}, from the ground to {ceiling:.0f} m true height, corners in annex 1",
        "共 {parts} 块，自地面至真高 {ceiling:.0f} 米，边界坐标见附件一",
    ),
    "app_entry": ("Entry and exit", "进出空域方法"),
    "app_entry_values": (
        "take-off and landing at the sites of item 4, which lie within the airspace; to and from the lines "
        "along the routes of annex 2; no other crossing of the border",
        "在第（四）项场地起飞、降落，场地位于申请空域内；按附件二航线往返作业区，不另行穿越空域边界",
    ),
    # 8 to 13
    "app_frequency": ("Frequency and bandwidth", "频率、带宽"),
    "app_frequency_hint": ("for example 2400-2476 MHz, 20 MHz", "如：2400—2476 MHz，20 MHz"),
    "app_surveillance": ("Abilities", "能力"),
    "app_surveillance_hint": (
        "positioning, data link, broadcast of identification (article 24)",
        "定位方式、数据链、识别信息的报送和广播（第二十四条）",
    ),
    "app_transponder": ("Code", "代码申请"),
    "app_transponder_hint": ('code, or "not installed"', "代码，或者“未安装”"),
    "app_emergency": ("Procedure", "处置程序"),
    "app_emergency_hint": (
        "what is done when the link, the position or the battery fails, and who is called",
        "链路中断、定位丢失、电量不足时的处置，以及报告电话",
    ),
    "app_emergency_plan": ("Provided for by the plan", "计划中的措施"),
    "app_emergency_values": (
        "{reserve:.0f} % of the battery kept in reserve; {margin:g} m kept from no-fly areas; landing "
        "places as "
        "in item 4",
        "保留电量 {reserve:.0f} %；与禁飞区保持 {margin:g} 米；应急着陆使用第（四）项场地",
    ),
    "app_support": ("Needs", "需求"),
    "app_support_hint": ('or "none"', "如无，填“无”"),
    "app_other": ("Other", "其他信息"),
    "app_other_hint": ('or "none"', "如无，填“无”"),
    "app_approval": ("Approval above 120 m", "真高 120 米以上的批准文号"),
    # notes
    "app_notes": ("Is an application needed? To be checked by a person", "是否需要申请（供人工判断）"),
    "app_note_class_unknown": (
        "The aircraft catalogue states no masses for this aircraft, so its class is not known (article 62).",
        "航空器目录未列该机型重量，无法判断类别（第六十二条）。",
    ),
    "app_note_class": (
        "By mass the aircraft is {kind}. Article 62 also asks for its top speed and its ability to keep "
        "to an "
        "airspace and to be surveilled: check these.",
        "按重量属{kind}。第六十二条对最大平飞速度、空域保持能力和可靠被监视能力另有要求，请核对。",
    ),
    "app_note_low": (
        "The plan stays at or below 120 m true height ({highest:.0f} m at most); above it all airspace is "
        "controlled (article 19).",
        "计划最大真高 {highest:.0f} 米，不超过 120 米；真高 120 米以上空域为管制空域（第十九条）。",
    ),
    "app_note_high": (
        "The plan reaches {highest:.0f} m true height; above 120 m all airspace is controlled and needs "
        "approval "
        "(articles 19 and 26).",
        "计划最大真高 {highest:.0f} 米；真高 120 米以上为管制空域，须经批准（第十九条、第二十六条）。",
    ),
    "app_note_free": (
        "Micro, light and small aircraft need no application within free airspace (article 31). Whether "
        "all of the "
        "airspace in annex 1 is free is not known here: look it up on the state's platform (UOM). Around "
        "airports, "
        "borders, military and guarded places, power plants, fuel depots, expressways, electrified "
        "railways and "
        "water sources it is not (article 19).",
        "微型、轻型、小型无人驾驶航空器在适飞空域内飞行无需申请（第三十一条）。"
        "附件一所列空域是否全部为适飞空域，"
        "本软件不掌握，请在无人驾驶航空器一体化综合监管服务平台（UOM）查询；机场、国（边）境、"
        "军事和监管场所、"
        "发电厂、加油站、高速公路、电气化铁路、饮用水水源保护区等周边为管制空域（第十九条）。",
    ),
    "app_note_always": (
        "Aircraft of this class have no free airspace: an application is needed (articles 19 and 26).",
        "该类别没有适飞空域，须提出飞行活动申请（第十九条、第二十六条）。",
    ),
    "app_note_lost": (
        "Also in free airspace an application is needed for flight relayed by cellular network or internet, "
        "with dangerous goods or dropping, over crowds, from a moving vehicle, distributed or in swarms "
        "(article "
        "31), and for aircraft made before 2024 that cannot report their identification (article 61).",
        "即使在适飞空域内，通过通信基站或者互联网中继飞行、运载危险品或者投放物品、飞越集会人群、"
        "在移动的交通工具上操控、"
        "分布式操作或者集群飞行的，仍须申请（第三十一条）；条例施行前生产、不能自动报送识别信息的，"
        "亦须申请（第六十一条）。",
    ),
    "app_note_deadline": (
        "The application must be in by 12:00 of the day before the flight, is answered by 21:00 (article "
        "26), and "
        "take-off is reported one hour before (article 30). For the first day: by {deadline}.",
        "应在拟飞行前 1 日 12 时前提出，飞行前 1 日 21 时前答复（第二十六条）；计划起飞 1 "
        "小时前报告（第三十条）。"
        "首个飞行日的截止时间：{deadline}。",
    ),
    "app_deadline_day": ("{day:%Y-%m-%d} 12:00", "{day:%Y年%m月%d日} 12:00"),
    "app_deadline_open": ("open, no day is set", "待定（尚未确定飞行日期）"),
    # annexes
    "app_annex_airspace": ("Annex 1: corners of the airspace (WGS 84)", "附件一：空域边界坐标（WGS 84）"),
    "app_area": ("Area {number}", "空域 {number}"),
    "app_annex_routes": (
        "Annex 2: routes (WGS 84, metres above sea level)",
        "附件二：飞行航线（WGS 84，海拔）",
    ),
    "app_route": (
        "{name}, from {site}, {when}, {low:.0f} to {high:.0f} m above sea level, {path}",
        "{name}：起降场地 {site}，{when}，海拔 {low:.0f} 至 {high:.0f} 米，航程 {path}",
    ),
    "app_route_open": ("time open", "时间待定"),
    "app_route_times": ("{first:%Y-%m-%d %H:%M} to {last:%H:%M}", "{first:%Y-%m-%d %H:%M} 至 {last:%H:%M}"),
    "app_routes_in_file": (
        "Only the first and the last point of work are listed; all points are in plan.kml, to be handed "
        "in with it.",
        "航线点较多，仅列作业起点和终点；全部航线点见随附的 plan.kml。",
    ),
}
