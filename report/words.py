"""The words of pages, maps and exports, in English and Chinese, plain enough for a county office."""

from collections.abc import Sequence
from typing import Literal

from report.application_words import APPLICATION_PHRASES
from report.crew_words import CREW_PHRASES

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
    **CREW_PHRASES,
    **APPLICATION_PHRASES,
    # maps
    "plots": ("plots", "地块"),
    "no_fly": ("no-fly areas", "禁飞区"),
    "sites": ("take-off sites", "起降点"),
    "neighbours": ("other flights", "其他架次"),
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
    "plan_job_find": (
        "To find plants, photos overlap by {front:.0f} % along the lines and {side:.0f} % across them.",
        "任务为查找植株：航向重叠 {front:.0f}%，旁向重叠 {side:.0f}%。",
    ),
    "plan_job_map": (
        "To make a map, photos overlap by {front:.0f} % along the lines and {side:.0f} % across them.",
        "任务为测图：航向重叠 {front:.0f}%，旁向重叠 {side:.0f}%。",
    ),
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
    "planned_gsd": ("At the wanted GSD", "达到分辨率"),
    "planned_overlap": ("At the overlaps", "达到重叠度"),
    "plots_how": (
        "Planned to be seen: by at least one photo wherever it is displaced by up to the margin. At the "
        "wanted GSD: by such a photo at the GSD asked for, tolerance included. At the overlaps: by as many "
        "photos as the overlaps promise, half a photo inside the border; - where the plot is too narrow.",
        "计划覆盖率：至少一张照片覆盖，照片位置在裕量内任意偏移仍然覆盖。达到分辨率：此类照片的地面分辨率"
        "达到要求（含容差）。达到重叠度：距边界半张照片以内的区域，照片张数达到重叠度所要求的张数；"
        "地块过窄时为“-”。",
    ),
    "priority": ("Priority", "优先级"),
    "table": ("Table", "表格"),
    "flights": ("Flights", "架次"),
    "timeline": ("Timeline", "时间安排"),
    "aircraft": ("Aircraft", "飞机"),
    "aircraft_number": ("aircraft {number}", "{number} 号机"),
    "night": ("before sunrise or after sunset", "日出前或日落后"),
    "battery_swap": ("battery swap", "更换电池"),
    "move_site": ("move to the next site", "转场"),
    "takeoff": ("Take-off", "起飞"),
    "days": ("Days", "天数"),
    "hours": ("{value:.1f} h", "{value:.1f} 小时"),
    "profile": ("terrain profile", "地形剖面"),
    "profiles": ("Terrain profiles", "地形剖面"),
    "profile_of": ("{sortie}: {plots}", "{sortie}：{plots}"),
    "profile_how": (
        "Ground, path and, where a ceiling is set, the ceiling (dashed) over the distance flown. The path is "
        "thick where the camera is on, with a dot for each photo.",
        "横轴为航程：地面、航迹，以及限高（虚线，如已设定）。相机开启的航段加粗，圆点为每张照片。",
    ),
    "height_axis": ("m above sea level", "海拔（米）"),
    "way_axis": ("km flown", "航程（公里）"),
    "ceiling": ("ceiling: {metres:g} m above ground", "限高：离地 {metres:g} 米"),
    "left_out": ("Left out", "未安排"),
    "reason": ("Why", "原因"),
    "left_out_time": ("Would take", "所需时间"),
    "allowed_airspace": ("allowed airspace", "可飞空域"),
    "rally": ("rally points", "备降点"),
    # refused plan
    "missing_title": ("{mission}: plan refused", "{mission}：计划未通过"),
    "missing_lead": (
        "This plan would not show enough of {plots} plots; missing places: {places}. It was not taken.",
        "该计划对 {plots} 个地块的覆盖不足，缺失 {places} 处，未被采用。",
    ),
    "missing_places": ("Largest missing places", "最大的缺失处"),
    "missing_rest": (
        "The {listed} largest of {places}; all are in missing.geojson.",
        "列出 {places} 处中最大的 {listed} 处，全部见 missing.geojson。",
    ),
    "remedies": ("What would work", "可行的办法"),
    "remedy_lines": (
        "more room for lines (airspace.buffer_m), another line direction, a lower height or a weaker wind",
        "扩大航线活动范围（airspace.buffer_m）、改变航线方向、降低航高，或在风小时飞行",
    ),
    "missing_kind": ("What is missing", "缺失类型"),
    "unseen": ("not seen by any photo", "无照片覆盖"),
    "coarse": ("seen, but too coarsely", "分辨率不足"),
    "few": ("seen in too few photos", "照片张数不足"),
    "km": ("{value:.2f} km", "{value:.2f} 公里"),
    "minutes": ("{value:.1f} min", "{value:.1f} 分钟"),
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
