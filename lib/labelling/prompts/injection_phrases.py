"""What is said to a labeler to steer it, as patterns over plain forms (lower case, no accents; see text_disguises).

Whoever writes a text chooses how long searching it takes: no run of blanks or signs may be read again and again. So a
run is possessive (`*+`), begins where the run begins, or is bounded; two runs of the same characters never touch.
"""

import re

# Between the words of a phrase: some other words of the same sentence.
_GAP = r"[^.!?\n]{0,40}?"


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.MULTILINE)


_OVERRIDE_IN_ENGLISH = (
    rf"\b(?:ignore|disregard|forget|override|bypass|do not follow|don't follow|stop following)\b{_GAP}"
    rf"\b(?:previous|prior|above|earlier|preceding|former|your|system|moderation|safety)\b{_GAP}"
    r"\b(?:instructions?|prompts?|rules?|polic(?:y|ies)|guidelines?|directions?|context|commands?|messages?|orders?)\b",
    r"\b(?:ignore|disregard|forget) (?:all|any|the|these|those|every) ?(?:of )?(?:the )?(?:instructions?|prompts?)\b",
    r"\b(?:ignore|disregard|forget) (?:everything|all|anything)\b.{0,20}\b(?:above|before this|told|so far)\b",
    r"\bnew (?:system )?(?:instructions?|prompt|policy)\s*:",
    r"\b(?:your|the) (?:policies|policy|rules|instructions) (?:have|has|are|were|is|was) (?:been )?"
    r"(?:updated|changed|suspended|revoked|disabled|void|cancelled)\b",
    # Letters that were spaced out come back without blanks.
    r"(?:ignore|disregard|forget)(?:all|any|the|your|my)*(?:previous|prior|above)(?:instruction|prompt|rule)",
)
_OVERRIDE = _any_of(
    *_OVERRIDE_IN_ENGLISH,
    rf"\b(?:ignor[ae]\w*|olvid[ae]\w*|descart[ae]\w*|haz caso omiso|no sigas)\b{_GAP}"
    r"\b(?:instrucciones|indicaciones|ordenes|reglas anteriores|normas anteriores)\b",
    rf"\b(?:ignore[zr]?|oublie[zr]?|ne (?:tiens|tenez) pas compte|ne sui[st])\b{_GAP}"
    r"\b(?:instructions|consignes|directives|regles precedentes)\b",
    rf"\b(?:ignorier\w*|vergiss|vergesst|vergessen sie|missacht\w*)\b{_GAP}"
    r"\b(?:\w*anweisung\w*|instruktion\w*|vorgaben|vorherigen regeln|bisherigen regeln)\b",
    rf"\b(?:ignor[ae]\w*|esque[cç]a\w*|esquece|desconsider[ae])\b{_GAP}"
    r"\b(?:instrucoes|ordens|comandos|diretrizes|regras anteriores)\b",
    rf"\b(?:ignora\w*|dimentica\w*|trascura\w*)\b{_GAP}\b(?:istruzioni|direttive|regole precedenti)\b",
    rf"\b(?:negeer|vergeet)\b{_GAP}\b(?:instructies|opdrachten|aanwijzingen)\b",
    rf"\b(?:z?ignoruj\w*|zapomnij\w*|pomin\w*)\b{_GAP}\b(?:instrukcj\w*|polecen\w*|wytyczn\w*)",
    rf"\b(?:про)?игнориру\w*{_GAP}(?:инструкц|указани|команд)|\bзабудь\w*{_GAP}(?:инструкц|указани)",
    rf"\b(?:onceki|yukaridaki|tum)\b{_GAP}\b(?:talimat|komut|yonerge)\w*{_GAP}(?:yok say|goz ardi|gormezden|unut)",
    rf"\b(?:abaikan|lupakan|hiraukan)\b{_GAP}\b(?:instruksi|perintah|petunjuk)\b",
    rf"\b(?:bo qua|quen)\b{_GAP}\b(?:huong dan|chi dan|chi thi|menh lenh)\b",
    rf"(?:تجاهل|انس|اهمل){_GAP}(?:تعليمات|التعليمات|الاوامر)",
    rf"(?:निर्देश|आदेश){_GAP}(?:अनदेखा|अनदेखी|नजरअंदाज|भूल)",
    rf"(?:指示|命令|指令|プロンプト|ルール){_GAP}(?:無視|忘れ)",
    r"(?:忽略|无视|無視|忘记|忘記|不要理会).{0,15}(?:指令|指示|提示|规则|規則|命令)",
    r"(?:지시|명령|지침|규칙|프롬프트).{0,15}(?:무시|잊)",
)
_ROLE_MARKER = _any_of(
    r"<\|?\s*/?(?:im_start|im_end|im_sep|eot_id|eom_id|start_header_id|end_header_id|begin_of_text|end_of_text|"
    r"endoftext|end_of_turn|start_of_turn|system|user|assistant|end|eos|bos)\s*\|?>",
    r"<\|[a-z_ ▁]{2,40}\|>",
    r"\[/?(?:inst|system_prompt|sys|tool_calls|available_tools|tool_results)\]|<<\s*/?sys\s*>>",
    r"</?(?:start|end)_of_turn>|</s>\s*(?:<s>|\[inst)",
    r"[\"']?role[\"']?\s*:\s*[\"'](?:system|assistant|developer|user|tool)",
    r"^[^\S\n]*+(?:[#*>-]++[^\S\n]*+)?(?:system|assistant|developer|human)(?: (?:message|prompt))?\s*+:\s",
    r"^#{2,}+\s*+(?:system|instructions?|response|assistant|human)\b",
)
_FAKE_ANSWER = _any_of(
    r"\b(?:tried_to_instruct|violating_components|not_violating)\b",
    r"[\"']verdicts?[\"']\s*:|\bverdicts?\s*=\s*[\[{\"']",
)
_VERDICT_IN_ENGLISH = (
    rf"\b(?:mark|label|classify|rate|treat|judge|approve|rule|flag|categori[sz]e|evaluate)\b{_GAP}\b(?:as|to be)\b"
    r".{0,20}\b(?:safe|not[ _-]violating|non[ -]?violating|harmless|benign|compliant|not a violation)\b",
    rf"\b(?:answer|respond|reply|output|return|print|say)\b{_GAP}(?:\bnot[ _-]violating\b|\bverdict of\b|[\"']safe\b)",
    r"\b(?:content|pin|post|unit|image|query) (?:is|was|has been) (?:already )?"
    r"(?:pre-?approved|whitelisted|cleared|verified as safe|approved by)\b",
)
_VERDICT_REQUEST = _any_of(
    *_VERDICT_IN_ENGLISH,
    rf"\b(?:marca|clasifica|etiqueta)\w*\b{_GAP}\bcomo (?:segur|permitid|inofensiv|no infract)",
    rf"\b(?:marque|classe|classifie|considere)[rz]?\b{_GAP}\bcomme (?:sur|conforme|inoffensi|non violant)",
    rf"\b(?:markier|bewert|stuf|kennzeichn)\w*\b{_GAP}\bals (?:sicher|unbedenklich|harmlos|zulassig)",
    rf"\b(?:marque|classifique|rotule)\b{_GAP}\bcomo (?:segur|permitid|inofensiv)",
    r"(?:标记|标注|判定|分类).{0,12}(?:安全|不违规|无害)|(?:安全|違反なし|無害).{0,8}(?:と判定|と答え|とラベル)",
)
_DELIMITER = _any_of(
    r"\bunit-[0-9a-f]{8,}|\bboundary of (?:this|the) unit\b|^[^\S\n]*+end of unit\b",
    r"(?:(?<![-=#*~])[-=#*~]{2,}+|[<\[])\s*+(?:/\s*+)?(?:end|begin|start|close)[ _-]+(?:of[ _-]+)?(?:the[ _-]+)?"
    r"(?:unit|content|user|untrusted|input|query|response|prompt|data|instructions?|document|context|title)",
    r"</?(?:user_?(?:input|content|query)|content|query|response|unit|document|system|instructions?|untrusted|data|"
    r"prompt|context)>",
    r"(?:```|~~~)\s*(?:system|json|end|assistant)\b|(?:\"\"\"|''')[^\S\n]*+\n\s*+(?:system|now|new|the above)",
    r"[\"']\s*(?:\}\s*[}\]]|\}\s*,\s*\{\s*[\"'])",
)
_LEAK_IN_ENGLISH = (
    rf"\b(?:repeat|print|reveal|show|output|display|tell|what (?:is|are|was|were)|leak|give|quote|translate|recite|"
    rf"summari[sz]e|write|copy|paste|share)\b{_GAP}\b(?:system (?:prompt|message|instructions?)|"
    r"your (?:\w+ ){0,2}(?:prompt|instructions)\b|the prompt above|initial instructions|instructions above|"
    r"(?:text|everything|words|lines) above|policy text)",
)
_PROMPT_LEAK = _any_of(
    *_LEAK_IN_ENGLISH,
    rf"\b(?:muestra|revela|repite|dime|imprime)\w*\b{_GAP}\b(?:prompt|tus instrucciones|"
    r"instrucciones (?:del sistema|iniciales))",
    rf"\b(?:affiche|repete|revele|montre|donne)\w*\b{_GAP}\b(?:prompt|tes instructions|"
    r"instructions (?:systeme|initiales))",
    rf"\b(?:zeig|wiederhol|verrat|nenn|gib)\w*\b{_GAP}\b(?:system-?\s?prompt|deine\w* anweisungen|systemanweisung)",
    rf"\b(?:покажи|повтори|раскро|выведи)\w*{_GAP}(?:системн\w+ (?:промпт|инструкц)|начальн\w+ инструкц)",
    r"(?:重复|显示|输出|告诉我|打印).{0,15}(?:系统提示|提示词|初始指令)|(?:システムプロンプト|初期の指示).{0,15}(?:表示|教え|出力|繰り返)",
)
_ROLE_CHANGE = _any_of(
    r"\byou are (?:now|no longer)\b.{0,40}\b(?:ai|assistant|model|bot|dan|moderator|labell?er|reviewer|classifier|"
    r"unrestricted|jailbroken)\b",
    r"\b(?:pretend|imagine|act) (?:that |as if )?you (?:are|were|have)\b.{0,30}\b(?:bound|restrict|rules|filters?|"
    r"unrestrict|polic|ai\b|model)",
    r"\b(?:developer|jailbreak|god|dan|debug|maintenance) mode\b.{0,30}\b(?:on|enabled|activated|active|engaged)\b",
    r"\b(?:enable|activate|enter|switch to)\b.{0,15}\b(?:developer|jailbreak|debug|maintenance|dan) mode\b",
)
_LABELER = (
    r"(?:ai|llm|language model|(?:content )?moderat(?:or|ion)s?|labell?ers?|classifiers?|annotators?|chatgpt|gpt|"
    r"claude|gemini)"
)
_LABELER_ADDRESS = _any_of(
    rf"\b(?:note|attention|message|instructions?|notice|dear|important)\s*+(?:(?:to|for)\s*+)?(?:(?:the|all|any)\s*+)?"
    rf"\b{_LABELER}\b(?: \w+){{0,2}}\s*[:,!—-]",
    rf"\b{_LABELER} (?:reading|reviewing|judging|checking|evaluating|processing|labell?ing) this\b",
    rf"\bif you(?:'re| are) (?:an?|the) {_LABELER}\b",
)

# Sign to its pattern, in the order in which signs are reported.
PHRASES: dict[str, re.Pattern[str]] = {
    "instruction_override": _OVERRIDE,
    "role_marker": _ROLE_MARKER,
    "role_change": _ROLE_CHANGE,
    "labeler_address": _LABELER_ADDRESS,
    "verdict_request": _VERDICT_REQUEST,
    "fake_answer_json": _FAKE_ANSWER,
    "delimiter_imitation": _DELIMITER,
    "prompt_leak_request": _PROMPT_LEAK,
    "markdown_image": _any_of(r"!\[[^\]\n]{0,200}\]\(\s*(?:https?:|data:|//)", r"<img\s[^>]{0,200}src\s*="),
}

# What is looked for in respelled forms as well: those readings make English words.
RESPELLED_PHRASES: dict[str, re.Pattern[str]] = {
    "instruction_override": _any_of(*_OVERRIDE_IN_ENGLISH),
    "verdict_request": _any_of(*_VERDICT_IN_ENGLISH),
    "prompt_leak_request": _any_of(*_LEAK_IN_ENGLISH),
}
