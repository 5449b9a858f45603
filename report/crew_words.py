"""The words of the crew's sheet, English and Chinese; a line of a list is a box to tick."""

CREW_PHRASES: dict[str, tuple[str, str]] = {
    "crew_title": ("{sortie}: {mission}", "{sortie}：{mission}"),
    "crew_place": (
        "lon {lon:.6f}  lat {lat:.6f}  {alt:.0f} m above sea level",
        "经度 {lon:.6f}  纬度 {lat:.6f}  海拔 {alt:.0f} 米",
    ),
    "crew_plots": ("Plots: {plots}", "地块：{plots}"),
    "crew_aircraft": ("{name}, aircraft {number} of {count}", "{name}，{count} 架中的第 {number} 架"),
    "crew_takeoff": ("Take-off", "起飞时间"),
    "crew_day": ("{day:%Y-%m-%d}, take-off to landing", "{day:%Y-%m-%d} 起飞至降落"),
    "crew_landing": ("Battery at landing", "降落时电量"),
    "crew_turn_home": ("Turn home at", "电量降到此值立即返航"),
    "crew_agl": ("Above ground", "离地高度"),
    "crew_span": ("{low:.0f}–{high:.0f} m", "{low:.0f}–{high:.0f} 米"),
    "crew_height": ("{height:.0f} m", "{height:.0f} 米"),
    "crew_return_height": ("Return height above site", "返航高度（起降点以上）"),
    "crew_no_fly_on_return": (
        "A straight way home can cross: {names}. Do not use automatic return behind it; fly back along "
        "the path.",
        "直线返航可能穿过：{names}。在其后方不要用自动返航，应沿原航线飞回。",
    ),
    "crew_below_reserve": (
        "The battery lands with {landing:.0f} %, below the reserve of {reserve:.0f} %.",
        "降落时电量 {landing:.0f} %，低于备用电量 {reserve:.0f} %。",
    ),
    "crew_flight": ("Flight", "飞行"),
    "crew_file": ("Load", "加载文件"),
    "crew_speed": ("Speed", "速度"),
    "crew_wind": ("Planned wind", "计划风"),
    "crew_wind_from": ("{speed:g} m/s from {bearing:03.0f}°", "{speed:g} m/s，来自 {bearing:03.0f}°"),
    "crew_amsl": ("Above sea level", "海拔高度"),
    "crew_ceiling": ("Ceiling, true height", "真高上限"),
    "crew_approved": ("{ceiling}, approval {approval}", "{ceiling}，批准文号 {approval}"),
    "crew_energy": ("{energy:.0f} of {full:.0f} Wh", "{energy:.0f} / {full:.0f} Wh"),
    "crew_reserve": ("Reserve", "备用电量"),
    "crew_camera": ("Camera: check", "相机设置核对"),
    "crew_trigger": ("Trigger", "拍摄间隔"),
    "crew_every": ("every {distance:.1f} m ({seconds:.1f} s)", "每 {distance:.1f} 米（{seconds:.1f} 秒）"),
    "crew_exposure": ("Exposure", "曝光时间"),
    "crew_at_most": ("{exposure} or shorter", "{exposure} 或更短"),
    "crew_focus": ("Focus", "对焦"),
    "crew_infinity": ("fixed at infinity", "固定在无穷远"),
    "crew_gsd": ("GSD", "地面分辨率"),
    "crew_centimetres": ("{gsd:g} cm per pixel", "{gsd:g} 厘米"),
    "crew_overlap": ("Overlap", "重叠度"),
    "crew_overlaps": ("{front:.0f} % front, {side:.0f} % side", "航向 {front:.0f} %，旁向 {side:.0f} %"),
    "crew_no_fly_near": ("No-fly areas near the path", "航线附近的禁飞区"),
    "crew_near": ("{distance} at {bearing:03.0f}°", "{distance}，方位 {bearing:03.0f}°"),
    "crew_no_no_fly": ("none known within 3 km", "3 公里内未登记禁飞区"),
    "crew_emergency": ("Emergency landing, from the site", "应急降落点（自起降点）"),
    "crew_lonlat": ("lon {lon:.6f}  lat {lat:.6f}", "经度 {lon:.6f}  纬度 {lat:.6f}"),
    "crew_home": ("or the site itself: {site}", "或起降点：{site}"),
    "crew_only_home": ("only the site itself: {site}", "仅起降点：{site}"),
    "crew_control": ("Air traffic control", "空管联络"),
    "crew_phone": ("Call", "联系电话"),
    "crew_before": ("Before take-off", "起飞前"),
    "crew_before_list": (
        "Permission is here; one hour before, take-off reported where it was asked for\n"
        "Batteries of aircraft and remote full; propellers whole and tight\n"
        "{file} loaded, read back and compared with this map\n"
        "Home point set here; return height {height:.0f} m\n"
        "Camera set; card empty; one sharp test photo\n"
        "Wind below the limit, no rain; nobody under the path\n"
        "Position fixed, compass good, no warnings",
        "批准文件在手；需申请的，起飞前 1 小时已报告\n"
        "飞机和遥控器电量充满；桨叶完好、已拧紧\n"
        "已加载 {file}，回读并与本图核对\n"
        "返航点设在此处；返航高度 {height:.0f} 米\n"
        "相机已设好；存储卡已清空；试拍一张清晰\n"
        "风力在限值内，无雨；航线下方无人\n"
        "定位正常，罗盘正常，无告警",
    ),
    "crew_aloft": ("In the air", "飞行中"),
    "crew_aloft_list": (
        "First line: height right, photos counted\n"
        "Watch the air: give way to every aircraft with people\n"
        "Home at once at {turn_home:.0f} %, on a warning, or in rain\n"
        "Link lost: wait for the return, do not move sticks wildly\n"
        "In trouble: the nearest emergency point, away from people\n"
        "One looks at the screen, one at the aircraft",
        "第一条航线：高度正确，照片计数在增加\n"
        "观察空中：一律避让有人驾驶航空器\n"
        "电量 {turn_home:.0f} %、告警或下雨，立即返航\n"
        "失联：等待自动返航，不要乱打杆\n"
        "紧急：就近应急点降落，避开人群\n"
        "一人看屏幕，一人看飞机",
    ),
    "crew_after": ("After landing", "降落后"),
    "crew_after_list": (
        "Motors stopped, then power off\n"
        "{photos} photos on the card; some opened and sharp\n"
        "Photos and log copied to flights/{sortie}\n"
        "End of flight reported where permission was asked for\n"
        "Anything unusual: report within 24 hours\n"
        "Off ____:____  Down ____:____\n"
        "Battery ____ %   Pilot __________",
        "电机停转后断电\n"
        "存储卡有 {photos} 张照片；抽查清晰\n"
        "照片和日志已拷入 flights/{sortie}\n"
        "经批准的飞行，结束后已报告\n"
        "异常情况：24 小时内报告\n"
        "起飞 ____:____  降落 ____:____\n"
        "电量 ____ %   操控员 __________",
    ),
    "crew_footer": (
        "Bearings are true. Places are WGS 84: Chinese street maps are shifted by up to 700 m, enter "
        "these only "
        "where WGS 84 is asked for. No-fly areas are those of the mission folder; ask for others before "
        "flying.",
        "方位为真方位。坐标为 WGS 84，未加偏移：国内常用地图（GCJ-02）最多相差约 700 米，只可输入采用 "
        "WGS 84 的设备。"
        "禁飞区仅为任务文件夹中所列，飞行前请查询其他管制空域。",
    ),
}
