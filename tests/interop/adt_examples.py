"""ADT messages of invented people, written as hospitals write them."""

SOURCE = "MERCY"


def adt(
    event: str = "A03",
    *,
    control_id: str = "1",
    sent: str = "20261120170500",
    recorded: str = "",
    occurred: str = "",
    visit: str = "V100",
    patient_class: str = "I",
    disposition: str = "",
    admitted: str = "20261116093000",
    discharged: str = "",
    mrn: str = "M-1",
    name: str = "Okafor^Amara",
    born: str = "19520304",
    processing: str = "P",
    version: str = "2.5.1",
    diagnosis: str = "",
    died: str = "",
    ends: str = "\r",
) -> bytes:
    """One message; `recorded` EVN-2 (the moment it was sent, if not said), `occurred` EVN-6."""
    pv1 = [""] * 46
    pv1[0], pv1[1], pv1[2], pv1[3], pv1[7] = (
        "PV1",
        "1",
        patient_class,
        f"3E^324^1^{SOURCE} HOSPITAL",
        "1234567893^West^Rob",
    )
    pv1[19], pv1[36], pv1[44], pv1[45] = visit, disposition, admitted, discharged
    pid = ["PID", "1", "", f"{mrn}^^^{SOURCE}^MR", "", name, "", born, "F", *[""] * 21, died]
    lines = [
        f"MSH|^~\\&|EPIC|{SOURCE}|CARELEDGER|RIVERBEND|{sent}||ADT^{event}|{control_id}|{processing}|{version}",
        f"EVN|{event}|{recorded or sent}||||{occurred}",
        "|".join(pid),
        "|".join(pv1),
        *([f"DG1|1||{diagnosis}"] if diagnosis else []),
    ]
    return "".join(line + ends for line in lines).encode()


def merge(stays: str, ends: str, *, control_id: str = "9", sent: str = "20261121080000") -> bytes:
    """An A40: the number `ends` becomes `stays`."""
    head = f"MSH|^~\\&|EPIC|{SOURCE}|CARELEDGER|RIVERBEND|{sent}||ADT^A40|{control_id}|P|2.5.1"
    return f"{head}\rEVN|A40|{sent}\rPID|1||{stays}^^^{SOURCE}^MR\rMRG|{ends}^^^{SOURCE}^MR\r".encode()
