"""What a person at the terminal is told of the facts of a run: troubles and their end, in words. Pure; everything else
stays on the timeline, unsaid."""

from __future__ import annotations

from typing import Any

Words = tuple[str, str]

LIGHTS: dict[str, Words] = {
    "unreachable": ("서버에 닿지 않아요. 0.5초마다 다시 시도해요.", "cannot be reached; trying every half second."),
    "no_address": ("서버 이름을 찾을 수 없어요. 계속 시도해요.", "has no known address; trying on."),
    "silent": ("서버가 대답하지 않아요. 다시 시도해요.", "does not answer; trying again."),
    "closed": ("서버가 연결을 닫았어요. 다시 시도해요.", "closed the connection; trying again."),
    "lost": ("연결이 끊겼어요. 다시 연결하고 있어요.", "lost the connection; connecting again."),
    "stalled": ("서버가 받지 않고 있어요. 기다리며 다시 연결해요.", "takes nothing; waiting, then connecting again."),
    "ghost": ("이전 연결이 서버에 남아 있어요. 곧 다시 시도해요.", "still holds our earlier connection; trying again."),
    "ghost_stays": (
        "이전 연결이 서버에 계속 남아 있어요. 플랫폼에서 방송을 끄고 다시 켜 주세요. 계속 시도해요.",
        "keeps holding our earlier connection. Restart the stream on the platform; trying on.",
    ),
    "key_refused": (
        "서버가 받아 주지 않아요. 스트림 키와 주소를 확인해 주세요. 30초마다 다시 시도해요.",
        "refuses us. Check stream key and address; trying every 30 seconds.",
    ),
    "certificate": (
        "서버 인증서를 믿을 수 없어서 보내지 않았어요. 주소를 확인해 주세요.",
        "shows a certificate that cannot be trusted; nothing was sent. Check the address.",
    ),
    "killed": ("송출 프로세스가 멈춰서 새로 시작해요.", "lost its sending process; starting another."),
    "resuming": ("엔진이 다시 시작됐어요. 다시 연결하고 있어요.", "is connected again after the engine's restart."),
    "bad_input": ("주소를 쓸 수 없어요.", "has an unusable address."),
    "slow_link": (
        "인터넷이 느려요. 끊지 않고 화질을 낮추거나 화면을 건너뛰며 보내고 있어요.",
        "has a slow link; going on with lower quality or skipped pictures.",
    ),
    "stills": (
        "인터넷이 아주 느려요. 끊지 않고 소리와 정지 화면만 보내고 있어요.",
        "has a very slow link; going on with sound and still pictures.",
    ),
}
RECORDING: dict[str, Words] = {
    "disk_full": ("저장 공간이 없어요", "the disk is full"),
    "disk": ("저장 장치에 쓸 수 없어요", "the disk cannot be written"),
    "killed": ("녹화 프로세스가 거듭 멈췄어요", "the recording process died again and again"),
    "bad_input": ("인코더의 데이터를 저장할 수 없어요", "what the encoder made cannot be stored"),
}
SOURCES: dict[str, Words] = {
    "damaged": ("영상이 손상됐어요", "is damaged"),
    "unreadable": ("읽을 수 없어요", "cannot be read"),
    "lost": ("신호가 끊겼어요. 연결을 확인해 주세요", "gives no signal; check its connection"),
    "frozen": ("화면이 멈춰 있어요. 카메라를 확인해 주세요", "repeats one picture; check the camera"),
    "hangs": ("장치가 대답하지 않아요. 다시 여는 중이에요", "does not answer; it is being opened again"),
    "no_device": ("장치가 없어요. 케이블을 확인해 주세요", "is not there; check its cable"),
    "unreachable": (
        "연결할 수 없어요. 주소와 네트워크를 확인해 주세요",
        "cannot be reached; check address and network",
    ),
    "port_taken": ("다른 프로그램이 그 포트를 쓰고 있어요", "cannot listen: another program has the port"),
    "not_here": ("이 컴퓨터에서는 쓸 수 없는 소스예요", "cannot be had on this computer"),
}


def fact_words(fact: dict[str, Any]) -> Words | None:
    """Korean and English, or None for a fact that needs no words."""
    kind, values = fact["kind"], fact["values"]
    if kind == "DestinationChanged":
        return light_words(values["destination"], values["state"], values["reason"])
    if kind == "BitrateChanged":
        return _bitrate_words(values)
    if kind == "EncodingEased":
        return pace_words(values["canvas"], values["pace"], values["before"])
    if kind == "RecordingStopped":
        ko, en = RECORDING.get(values["reason"], (values["reason"], values["reason"]))
        return (
            f"녹화를 멈췄어요({values['canvas']}): {ko}. 지금까지의 파일은 안전해요. 송출은 계속돼요.",
            f"Recording of {values['canvas']} has stopped: {en}. The file so far is safe; sending goes on.",
        )
    if kind == "DiskWarning":
        minutes = values["minutes_left"]
        return (
            f"녹화할 공간이 약 {minutes:.0f}분 남았어요. 저장 공간을 비워 주세요.",
            f"About {minutes:.0f} minutes of recording are left. Free some disk space.",
        )
    if kind == "SourceLost":
        return lost_words(values["source"], values["reason"])
    if kind == "SourceBack":
        return f"소스 {values['source']}이(가) 돌아왔어요.", f"Source {values['source']} is back."
    if kind == "EngineResumed":
        return (
            f"엔진이 멈췄다가 다시 시작됐어요. {values['gap_ticks']}프레임이 빠졌고, 같은 화면으로 이어 가요.",
            f"The engine died and was restarted: {values['gap_ticks']} frames are missing; the show goes on as it was.",
        )
    if kind == "LettersGone":
        return (
            "카드를 그리는 프로세스가 멈췄어요. 다시 시작하고 있어요.",
            "The card drawer died; it is being restarted.",
        )
    if kind == "Gap":
        return (
            f"컴퓨터가 {values['last'] - values['first'] + 1}프레임 동안 멈췄어요. 새 녹화 파일로 이어 가요.",
            f"The computer stood still for {values['last'] - values['first'] + 1} frames; a new part follows.",
        )
    return None


def pace_words(canvas: str, pace: str, before: str) -> Words:
    """How an encoder keeps up."""
    if pace == "plan":
        return f"{canvas}: 컴퓨터에 여유가 생겨서 화질이 돌아왔어요.", f"{canvas} is encoded as planned again."
    if pace == "quick" and before == "half":
        return (
            f"{canvas}: 초당 그림 수가 돌아왔어요. 화질은 아직 조금 낮아요.",
            f"{canvas} shows all its pictures again, still encoded more simply.",
        )
    if pace == "quick":
        return (
            f"컴퓨터가 바빠서 {canvas} 화질을 조금 낮췄어요. 다른 프로그램을 닫아 주세요.",
            f"The computer is too busy: {canvas} is encoded more simply. Close other programs.",
        )
    return (
        f"컴퓨터가 많이 바빠서 {canvas} 초당 그림을 절반으로 줄였어요. 다른 프로그램을 닫거나 화면을 작게 해 주세요.",
        f"The computer is far too busy: {canvas} shows half the pictures. Close programs or use a smaller size.",
    )


def _bitrate_words(values: dict[str, Any]) -> Words | None:
    """Where quality begins to fall and where it is whole again; steps between need no words."""
    if values["kbps"] >= values["full_kbps"]:
        if not values["destination"]:
            return None  # the connection is gone: its own light tells that
        return (
            f"{values['canvas']} 화질이 원래대로 돌아왔어요.",
            f"{values['canvas']} has its full quality again.",
        )
    if values["before_kbps"] < values["full_kbps"]:
        return None
    return (
        f"인터넷에 맞춰 {values['canvas']} 화질을 낮췄어요. 그동안은 녹화 화질도 같이 낮아요.",
        f"{values['canvas']} is encoded with less to fit the link; its recording has the same quality meanwhile.",
    )


def light_words(label: str, state: str, reason: str) -> Words | None:
    """How a destination is."""
    if state == "live" and not reason:
        return f"{label}: 송출 중이에요.", f"{label}: sending."
    if reason in LIGHTS:
        ko, en = LIGHTS[reason]
        return f"{label}: {ko}", f"{label} {en}"
    return None


def lost_words(source: str, reason: str) -> Words:
    """A source that cannot be shown."""
    ko, en = SOURCES.get(reason, ("쓸 수 없어요", "cannot be used"))
    return (
        f"소스 {source}: {ko}. 그 자리에 대기 화면을 보여 줘요.",
        f"Source {source} {en}; a stand-by picture is shown in its place.",
    )


def standing_words(status: dict[str, Any]) -> list[Words]:
    """What whoever starts to watch has missed: troubles that stand, and destinations that are live."""
    lights = [light_words(label, one["state"], one["reason"]) for label, one in status["destinations"].items()]
    lost = [lost_words(source, one["lost"]) for source, one in status["sources"].items() if one["lost"]]
    return [words for words in lights if words is not None] + lost
