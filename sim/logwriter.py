"""Writes a DataFlash log (.BIN) with the messages, fields, units and scales of ArduPilot Copter 4.7."""

import struct
from pathlib import Path
from typing import BinaryIO

HEAD = b"\xa3\x95"
_FMT_TYPE = 128

# name: (type number, format, columns, units, multipliers)
MESSAGES: dict[str, tuple[int, str, str, str, str]] = {
    "FMT": (_FMT_TYPE, "BBnNZ", "Type,Length,Name,Format,Columns", "-b---", "-----"),
    "UNIT": (117, "QbZ", "TimeUS,Id,Label", "s--", "F--"),
    "FMTU": (116, "QBNN", "TimeUS,FmtType,UnitIds,MultIds", "s---", "F---"),
    "MULT": (118, "Qbd", "TimeUS,Id,Mult", "s--", "F--"),
    "PARM": (32, "QNff", "TimeUS,Name,Value,Default", "s---", "F---"),
    "GPS": (
        94,
        "QBBIHBcLLeffffB",
        "TimeUS,I,Status,GMS,GWk,NSats,HDop,Lat,Lng,Alt,Spd,GCrs,VZ,Yaw,U",
        "s#-s-S-DUmnhnh-",
        "F--C-0BGGB000--",
    ),
    "GPA": (
        95,
        "QBCCCCfBIHeHH",
        "TimeUS,I,VDop,HAcc,VAcc,SAcc,YAcc,VV,SMS,Delta,AEl,RTCMFU,RTCMFD",
        "s#-mmnd-ssm--",
        "F-BBBB0-CCB--",
    ),
    "MSG": (59, "QZ", "TimeUS,Message", "s-", "F-"),
    "CMD": (
        93,
        "QHHHffffLLfB",
        "TimeUS,CTot,CNum,CId,Prm1,Prm2,Prm3,Prm4,Lat,Lng,Alt,Frame",
        "s-------DUm-",
        "F-------GG0-",
    ),
    "MISE": (
        92,
        "QHHHffffLLfB",
        "TimeUS,CTot,CNum,CId,Prm1,Prm2,Prm3,Prm4,Lat,Lng,Alt,Frame",
        "s-------DUm-",
        "F-------GG0-",
    ),
    # Roll, pitch and yaw are floats in today's ArduPilot; builds before that wrote hundredths (ccC).
    "CAM": (
        81,
        "QBHIHLLeeefff",
        "TimeUS,I,Img,GPSTime,GPSWeek,Lat,Lng,Alt,RelAlt,GPSAlt,R,P,Y",
        "s#---DUmmmddd",
        "F----GGBBB000",
    ),
    "BAT": (
        88,
        "QBfffffcfBBB",
        "TimeUS,Inst,Volt,VoltR,Curr,CurrTot,EnrgTot,Temp,Res,RemPct,H,SH",
        "s#vvAaXOw%-%",
        "F-000C0?0000",
    ),
    "MODE": (120, "QMBB", "TimeUS,Mode,ModeNum,Rsn", "s---", "F---"),
    "ATT": (
        72,
        "QffffffB",
        "TimeUS,DesRoll,Roll,DesPitch,Pitch,DesYaw,Yaw,AEKF",
        "sddddhh-",
        "F000000-",
    ),
    "ORGN": (73, "QBLLe", "TimeUS,Type,Lat,Lng,Alt", "s#DUm", "F-GGB"),
    "POS": (74, "QLLfff", "TimeUS,Lat,Lng,Alt,RelHomeAlt,RelOriginAlt", "sDUmmm", "FGG000"),
    "EV": (181, "QB", "TimeUS,Id", "s-", "F-"),
    "ERR": (184, "QBB", "TimeUS,Subsys,ECode", "s--", "F--"),
    "ARM": (186, "QBIBB", "TimeUS,ArmState,ArmChecks,Forced,Method", "s----", "F----"),
    "VER": (
        206,
        "QBHBBBBIZHBBII",
        "TimeUS,BT,BST,Maj,Min,Pat,FWT,GH,FWS,APJ,BU,FV,IMI,ICI",
        "s-------------",
        "F-------------",
    ),
}

_UNITS = {
    "-": "",
    "?": "UNKNOWN",
    "A": "A",
    "a": "Ah",
    "b": "B",
    "d": "deg",
    "D": "deglatitude",
    "h": "degheading",
    "m": "m",
    "n": "m/s",
    "O": "degC",
    "%": "%",
    "S": "satellites",
    "s": "s",
    "U": "deglongitude",
    "v": "V",
    "w": "Ohm",
    "X": "W.h",
    "#": "instance",
}
_MULTIPLIERS = {"-": 0.0, "?": 1.0, "0": 1.0, "B": 0.01, "C": 0.001, "F": 1e-6, "G": 1e-7}

# DataFlash type: (struct code, factor a value is stored with)
_CODES: dict[str, tuple[str, float | None]] = {
    "b": ("b", None),
    "B": ("B", None),
    "h": ("h", None),
    "H": ("H", None),
    "i": ("i", None),
    "I": ("I", None),
    "f": ("f", None),
    "d": ("d", None),
    "q": ("q", None),
    "Q": ("Q", None),
    "M": ("B", None),
    "n": ("4s", None),
    "N": ("16s", None),
    "Z": ("64s", None),
    "c": ("h", 100.0),
    "C": ("H", 100.0),
    "e": ("i", 100.0),
    "E": ("I", 100.0),
    "L": ("i", 1e7),
}


class LogWriter:
    """One log file, open from arming to disarming.

    Parameters
    ----------
    path : Path
        Written anew; what came before a kill stays readable.
    time_us : int
        Time since boot of the header's messages.
    """

    def __init__(self, path: Path, time_us: int) -> None:
        self._file: BinaryIO = path.open("wb")
        self._packers = {name: _Packer(*entry[:2]) for name, entry in MESSAGES.items()}
        for name, (number, layout, columns, _, _) in MESSAGES.items():
            self.write("FMT", number, self._packers[name].length, name, layout, columns)
        for unit, label in _UNITS.items():
            self.write("UNIT", time_us, ord(unit), label)
        for letter, factor in _MULTIPLIERS.items():
            self.write("MULT", time_us, ord(letter), factor)
        for number, _, _, units, multipliers in MESSAGES.values():
            self.write("FMTU", time_us, number, units, multipliers)

    def write(self, name: str, *values: float | str) -> None:
        """Write one message; values in the units a reader sees (degrees, metres), times in microseconds."""
        self._file.write(self._packers[name].pack(values))

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        self._file.flush()

    def close(self) -> None:
        """End the log."""
        self._file.close()


class _Packer:
    """Turns the values of one kind of message into bytes."""

    def __init__(self, number: int, layout: str) -> None:
        codes = [_CODES[letter] for letter in layout]
        self._struct = struct.Struct("<" + "".join(code for code, _ in codes))
        self._factors = [factor for _, factor in codes]
        self._whole = [code not in "fd" for code, _ in codes]
        self._head = HEAD + bytes([number])
        self.length = len(self._head) + self._struct.size

    def pack(self, values: tuple[float | str, ...]) -> bytes:
        stored = [
            value.encode("ascii", "replace")
            if isinstance(value, str)
            else round(value * (factor or 1.0))
            if whole
            else value
            for value, factor, whole in zip(values, self._factors, self._whole, strict=True)
        ]
        return self._head + self._struct.pack(*stored)
