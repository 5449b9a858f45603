"""The words of pages, maps and exports, in English and Chinese, plain enough for a county office."""

from collections.abc import Sequence
from typing import Literal

Language = Literal["en", "zh"]


class Words:
    """The words of one language.

    Parameters
    ----------
    language : {"en", "zh"}
        As in ``[mission] language``.
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, key: str, **values: object) -> str:
        """Return a phrase with its places filled in."""
        english, chinese = PHRASES[key]
        return (chinese if self.language == "zh" else english).format(**values)

    def area(self, square_metres: float) -> str:
        """Return an area as offices write it: hectares, in Chinese with mu (15 to the hectare)."""
        hectares = square_metres / 10_000
        text = f"{square_metres:,.0f} m²" if square_metres < 1_000 else f"{hectares:,.2f} ha"
        return f"{text}（{hectares * 15:,.2f} 亩）" if self.language == "zh" else text

    def distance(self, metres: float) -> str:
        """Return a distance, from one kilometre on in kilometres."""
        return self("km", value=metres / 1000) if metres >= 1000 else self("crew_height", height=metres)

    def listed(self, names: Sequence[str]) -> str:
        """Return names one after another."""
        return ("、" if self.language == "zh" else ", ").join(names)

    def share(self, share: float) -> str:
        """Return a share in percent; never rounded up to 100 %."""
        if share != share:
            return "-"
        return f"{min(share * 100, 99.99) if share < 1 else 100.0:.2f} %"


PHRASES: dict[str, tuple[str, str]] = {
    # maps
    "plots": ("plots", "地块"),
    "no_fly": ("no-fly areas", "禁飞区"),
    "sites": ("take-off sites", "起降点"),
    "neighbours": ("other flights", "其他架次"),
    "rally": ("emergency landing", "应急降落点"),
    "footprints": ("photo footprints", "照片范围"),
    "track": ("photo positions", "拍摄位置"),
    "seen_once": ("seen by 1 photo", "1 张照片覆盖"),
    "seen_more": ("seen by 2 or more", "2 张及以上"),
    "gaps": ("not seen", "未覆盖"),
    # shared
    "verdict": (
        "A suspect is a lead for a person to verify, never a verdict.",
        "疑似点只是供人工核查的线索，绝不是结论。",
    ),
    "datum": (
        "All places are WGS 84 longitude and latitude.",
        "所有坐标均为 WGS 84 经纬度，未加偏移。",
    ),
    "plot": ("Plot", "地块"),
    "plots_title": ("Plots", "地块"),
    "area": ("Area", "面积"),
    "problems": ("Set aside", "未采用的输入"),
    "problem_row": ("{file}: {reason}", "{file}：{reason}"),
    "notes": ("Notes", "说明"),
    # plan page
    "plan_title": ("{mission}: flight plan", "{mission}：飞行计划"),
    "plan_lead": (
        "Flights: {sorties}. They take {photos} photos at {gsd:.1f} cm per pixel, in {path:.1f} km and "
        "{minutes:.0f} minutes in the air, and show at least {coverage} of every plot.",
        "共 {sorties} 个架次，{photos} 张照片，地面分辨率 {gsd:.1f} 厘米，航程 {path:.1f} 公里，"
        "飞行 {minutes:.0f} 分钟，每个地块的覆盖率不低于 {coverage}。",
    ),
    "plan_no_fly": ("Path inside no-fly areas: {metres:.1f} m.", "禁飞区内航程：{metres:.1f} 米。"),
    "plan_height": (
        "The aircraft ({aircraft}) flies {height:.0f} m above the ground; the lines are {spacing:.1f} m "
        "apart and the camera ({camera}) is triggered every {trigger:.1f} m.",
        "航高（离地）{height:.0f} 米，航线间距 {spacing:.1f} 米，每 {trigger:.1f} 米拍摄一次"
        "（飞机 {aircraft}，相机 {camera}）。",
    ),
    "sortie": ("Flight", "架次"),
    "site": ("Take-off site", "起降点"),
    "length": ("Path", "航程"),
    "time": ("Time", "时间"),
    "photos": ("Photos", "照片"),
    "battery": ("Battery needed", "用电"),
    "planned_share": ("Planned to be seen", "计划覆盖率"),
    "km": ("{value:.2f} km", "{value:.2f} 公里"),
    "minutes": ("{value:.1f} min", "{value:.1f} 分钟"),
    # crew sheet
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
        "A straight way home can cross: {names}. Do not use automatic return behind it; fly back along the path.",
        "直线返航可能穿过：{names}。在其后方不要用自动返航，应沿原航线飞回。",
    ),
    "crew_below_reserve": (
        "The battery lands with {landing:.0f} %, below the reserve of {reserve:.0f} %.",
        "降落时电量 {landing:.0f} %，低于备用电量 {reserve:.0f} %。",
    ),
    "crew_profile": ("Heights along the path (m above sea level)", "沿航线的地面与飞行高度（海拔，米）"),
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
        "Bearings are true. Places are WGS 84: Chinese street maps are shifted by up to 700 m, enter these only "
        "where WGS 84 is asked for. No-fly areas are those of the mission folder; ask for others before flying.",
        "方位为真方位。坐标为 WGS 84，未加偏移：国内常用地图（GCJ-02）最多相差约 700 米，只可输入采用 WGS 84 的设备。"
        "禁飞区仅为任务文件夹中所列，飞行前请查询其他管制空域。",
    ),
    # proof page
    "proof_title": ("{mission}: what was seen", "{mission}：覆盖证明"),
    "proof_all": (
        "Every plot was seen completely: {area} in all, in {photos} located photos.",
        "全部地块已完整覆盖，共 {area}，定位照片 {photos} 张。",
    ),
    "proof_gaps": (
        "Gaps that no photo shows: {gaps}, together {gap_area}. The plots have {area}; there are {photos} "
        "located photos. The worst plot is {plot}: {share} of it was seen.",
        "定位照片 {photos} 张，地块共 {area}，仍有 {gaps} 处空白、合计 {gap_area} 未被任何照片覆盖。"
        "最差的地块是 {plot}，覆盖率 {share}。",
    ),
    "proof_no_plots": (
        "This mission has no plots, so what follows counts the ground inside the outline of all photos: "
        "{area} in {photos} located photos, of which {share} was seen.",
        "本任务没有地块，以下以全部照片的外轮廓为范围统计：共 {area}，定位照片 {photos} 张，覆盖率 {share}。",
    ),
    "proof_slivers": (
        "Only slivers below 1 m² were not seen: the plots have {area}, the worst plot is {plot} with {share}"
        ", from {photos} located photos.",
        "仅有小于 1 平方米的碎块未覆盖：地块共 {area}，最差的地块是 {plot}，覆盖率 {share}，"
        "定位照片 {photos} 张。",
    ),
    "photographed_area": ("photographed area", "拍摄范围"),
    "share_seen": ("Seen", "覆盖率"),
    "share_cautious": ("Seen with allowance", "计入误差的覆盖率"),
    "gap_count": ("Gaps", "空白处数"),
    "gap_area": ("Area of gaps", "空白面积"),
    "gsd": ("Median cm per pixel", "分辨率中位数（厘米）"),
    "proof_how": (
        "Seen: the middle of a {cell:g} m cell lies inside the footprint of at least one photo. Seen with "
        "allowance: it would still lie inside if every footprint were off to the wrong side by the standard "
        "error of its border. Trees, roofs and walls that hide the ground are not taken off.",
        "覆盖：{cell:g} 米格网的中心落在至少一张照片的地面范围内。计入误差的覆盖：即使每张照片都朝不利方向"
        "偏移其边缘的一倍中误差，该格仍在范围内。树木、屋顶、墙体的遮挡尚未扣除。",
    ),
    "gap_rows": (
        "The gaps are in gaps.geojson with their size, ready to be flown again.",
        "空白范围及面积见 gaps.geojson，可据此补飞。",
    ),
    # export
    "kmz_title": ("{mission}: suspects", "{mission}：疑似点"),
    "kmz_suspects": ("Suspects", "疑似点"),
    "kmz_plots": ("Plots", "地块"),
    "kmz_coverage": ("Coverage (how many photos)", "覆盖次数"),
    "kmz_gaps": ("Gaps (not seen)", "空白（未覆盖）"),
    "outside_plots": ("outside the plots", "地块以外"),
    "gap": ("gap {number}", "空白 {number}"),
    "rank": ("Rank", "排序"),
    "score": ("Score (0 to 1)", "得分（0 至 1）"),
    "flowers": ("Flowers counted in one photo", "单张照片花朵数"),
    "colour": ("Colour", "颜色"),
    "reasons": ("Why", "依据"),
    "position": ("Longitude, latitude (WGS 84)", "经度，纬度（WGS 84）"),
    "error": ("Standard error", "中误差"),
    "metres": ("{value:.1f} m", "{value:.1f} 米"),
    "best_photo": ("Best photo", "最佳照片"),
    "in_photos": ("Seen in", "出现于"),
    "of_photos": ("{seen} of {covering} photos", "{covering} 张照片中的 {seen} 张"),
}
