"""Why a page has no content, or hardly any: a shell for scripts, a sign-in, a wall, nothing.

Every answer but `content` needs a page with little text, so that an article on captchas, however
full of their words, stays an article.
"""

from __future__ import annotations

import re

from webis_mcp.page.facts.clues import words
from webis_mcp.page.model import Hidden, Kind, Page, Signals, Status
from webis_mcp.page.tree import Node, Tree

HARDLY_ANY = 300
"""Kept characters below which it is asked why there are no more. A short notice has more."""

LITTLE_TEXT = 1_500
"""Visible characters of a page that may be a bot check: the longest known ones have 1,300."""

VERY_LITTLE_TEXT = 700
"""Visible characters of a page that may be a sign-in: a form, its labels and a footer."""

SHELL_TEXT = 250
"""Visible characters of a shell for scripts: a spinner, a notice, a line of copyright."""

_TOP = 400
"""Characters at the top of a page, or of what it calls itself, where a bot check says so."""

_PROSE = 100
"""Characters of a paragraph that is more than a label or a slogan."""

_MAX_LOOKED_AT = 2_000
"""Elements of one tag that are searched for signals."""

_NOTICES = 20
"""Elements for readers without scripts whose text is read."""

_MOUNT_POINTS = frozenset({
    "root", "app", "__next", "__nuxt", "___gatsby", "svelte", "app-root", "react-root", "main-app",
    "application", "app-mount", "mount", "reactroot", "q-app", "vue-app", "ember-app", "spa",
})  # fmt: skip
_MOUNT_TAGS = frozenset({"app-root", "my-app", "ng-app", "app-component", "polymer-app"})
_CHALLENGES = re.compile(
    r"challenges\.cloudflare\.com|/cdn-cgi/challenge-platform/h/|captcha-delivery\.com"
    r"|hcaptcha\.com|_Incapsula_Resource|px-captcha|perimeterx|awswaf|/recaptcha/|funcaptcha"
    r"|arkoselabs|geetest|/_sec/cp_challenge",
    re.IGNORECASE,
)

_BOT_CHECK = re.compile(
    r"checking (?:your browser|if the site connection is secure)"
    r"|(?:verify|verifying|confirm|prove|check) (?:that )?(?:you|you're|you are|if you are)"
    r" (?:not )?(?:a |an )?(?:human|robot|bot|real person)"
    r"|(?:are you|not|i'm not) a robot|unusual (?:traffic|activity) (?:from|has been|on|detected)"
    r"|automated (?:queries|requests|access|traffic)|(?:complete|solve) (?:the|this|a) (?:security"
    r" check|captcha|puzzle)|enable javascript and cookies to continue|needs to review the security"
    r" of your connection|sorry, you have been blocked|incapsula incident|pardon our interruption"
    r"|press (?:&|and) hold|performing security verification|security check to access"
    r"|ddos protection by|blocked by (?:our )?(?:network )?security"
    r"|your (?:ip|request) (?:address )?(?:has been|was|is) blocked"
    r"|don't have permission to access|sie ein mensch|kein roboter|sicherheitsprüfung"
    r"|vous êtes (?:bien )?(?:un )?humain|n'êtes pas un robot|pas un robot"
    r"|(?:eres|es usted|que es) (?:un )?(?:ser )?humano|no (?:eres|es|soy) un robot"
    r"|sei (?:un )?(?:essere )?umano|non sei un robot|você é (?:um )?(?:ser )?humano"
    r"|não (?:é|sou) um robô|geen robot|jesteś człowiekiem|nie jesteś robotem"
    r"|вы (?:не робот|человек)|что запросы отправляли вы"
    r"|robot olmad\u0131\u011f\u0131n\u0131z\u0131"
    r"|人机验证|安全验证|完成验证|访问验证|滑动验证|请输入验证码|您的访问出现异常|訪問過於頻繁"
    r"|ロボットではありません|ロボットでは(?:ない|なく)|로봇이 아닙니다|비정상적인 접근",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\W*(?:(?:error|http)\W+)?(?:\d{3,4}\W+)?(?:access (?:to this (?:page|site|resource) )?"
    r"(?:has been |is |was )?(?:denied|forbidden|blocked)|forbidden|request (?:blocked|rejected)"
    r"|(?:sorry, )?you have been blocked|too many requests|rate limit(?:ed| exceeded)|just a moment"
    r"|attention required|security (?:check|verification)|one more step|bot (?:detected|check)"
    r"|human verification|captcha|zugriff verweigert|accès refusé|acceso denegado|accesso negato"
    r"|acesso negado|toegang geweigerd|odmowa dostępu|доступ (?:запрещ[её]н|ограничен|закрыт)"
    r"|拒绝访问|访问被(?:拒绝|禁止|拦截)|禁止访问|アクセスが(?:拒否|制限)されました"
    r"|접근이 (?:거부|차단)되었습니다)\W*(?:[|\u2013\u2014-]\s.*)?",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"before you continue|(?:we|and our partners) (?:value|respect|care about) your privacy"
    r"|(?:cookie|privacy|your) (?:consent|settings)$|your privacy (?:choices|matters|is important)"
    r"|bevor sie (?:fortfahren|weiter)|ihre privatsphäre|einwilligung|zustimmung"
    r"|avant d['’]accéder|avant de continuer|votre vie privée|votre consentement"
    r"|antes de (?:ir|continuar)|tu privacidad|su privacidad|prima di continuare|la tua privacy"
    r"|sua privacidade|uw privacy|je privacy|twoja prywatność|конфиденциальност",
    re.IGNORECASE,
)
_OF_CONSENT = re.compile(
    r"cookie|consent|privacy|partner|einwillig|zustimm|datenschutz|privatsph|vie privée|traceur"
    r"|privacidad|privacidade|consenso|prywatno|конфиденц",
    re.IGNORECASE,
)
"""What a consent wall's own paragraphs speak of."""

_FINGERPRINT = re.compile(
    r"ray id|incident id|reference (?:#|number|id)|support id|event id|request id"
    r"|error (?:code )?\d{4}|your ip\b|ip(?:-| )?(?:address|adresse|地址)\W|on this server",
    re.IGNORECASE,
)
_SIGN_IN = re.compile(
    r"\b(?:sign|log)[ -]?in\b|\blogin\b|\blog on\b|anmelden|einloggen|anmeldung|se connecter"
    r"|connexion|identifiez-vous|iniciar sesión|inicia sesión|accedi\b|fazer login|iniciar sessão"
    r"|inloggen|zaloguj|logowanie|logga in|log ind|logg inn|войти|авторизац|вход в|giriş yap"
    r"|登录|登錄|登入|ログイン|로그인",
    re.IGNORECASE,
)
_MUST_SIGN_IN = re.compile(
    r"(?:must|need to|have to|please|required to) (?:be )?(?:sign|log)(?:ged|ned)?[ -]?(?:in|on)\b"
    r"|(?:sign|log) ?in to (?:continue|view|read|see|access|your account)"
    r"|subscri(?:be to (?:continue|read|keep)|ption is required)"
    r"|(?:only|exclusively) (?:for|available to) (?:members|subscribers)"
    r"|(?:members|subscribers)[ -]only|already (?:a subscriber|have an account)"
    r"|bitte (?:melden sie sich|loggen sie sich)|connectez-vous pour|réservé aux abonnés"
    r"|inicie? sesión para|accedi per|faça login para|log in om|zaloguj się, aby"
    r"|войдите,? чтобы|请(?:先)?登录|請(?:先)?登入|ログインして(?:ください)?|로그인이 필요",
    re.IGNORECASE,
)

_NOT_FOUND = re.compile(
    r"\W*(?:error\W+|http\W+)?404\b|\b(?:page|article|document|content|story|post|product|item)"
    r" (?:(?:was|is|could|can)(?: ?not|n?['’]t) (?:be )?found|not found|doesn['’]t exist"
    r"|does not exist|no longer (?:exists|available)|is no longer available"
    r"|has been (?:removed|deleted))|^not found\b|(?:can|could)(?: ?not|['’]t|n['’]t) find (?:the"
    r"|that|this) page|seite (?:wurde )?nicht gefunden|page (?:introuvable|non trouvée)"
    r"|página no encontrada|pagina non trovata|página não encontrada|pagina niet gevonden"
    r"|nie znaleziono strony|страница не найдена|页面(?:不存在|未找到)|找不到(?:该|此)?页面"
    r"|ページが見つかりません|페이지를 찾을 수 없습니다",
    re.IGNORECASE,
)

_NEEDS_SCRIPTS = re.compile(
    r"(?:enable|turn on|activate|requires?|needs?|without|allow|support)\W+(?:\w+\W+){0,3}"
    r"java ?script"
    r"|java ?script\W+(?:\w+\W+){0,4}(?:enable|disabled|required|turned|needed|support|aktivier"
    r"|deaktivier|activ|désactivé|habilita|desactivad|disabilitat|ingeschakeld|włącz|включ|отключ)"
    r"|(?:aktivier|activ|habilit|włącz|включ|启用|開啟|开启|有効)\w*\W*(?:\w+\W+){0,3}java ?script"
    r"|java ?script\W?(?:を有効|が無効|を使|를 활성|가 필요|功能|已禁用|未启用)",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    "|".join((_BOT_CHECK.pattern, _MUST_SIGN_IN.pattern, _NEEDS_SCRIPTS.pattern))
    + r"|cookies?\b|©|\(c\)|all rights reserved|privacy|password|passwort|mot de passe|contraseña"
    r"|пароль|密码|パスワード",
    re.IGNORECASE,
)


def read_signals(tree: Tree) -> Signals:
    """What a page's markup tells of why it may have no content."""
    notices = (" ".join(node.text().split()) for node in _some(tree, "noscript")[:_NOTICES])
    inputs = (node.attrs.get("type", "").lower() for node in _some(tree, "input"))
    sources = (
        node.attrs.get("src", "") for tag in ("script", "iframe") for node in _some(tree, tag)
    )
    return Signals(
        noscript=" ".join(notice for notice in notices if notice)[:1_000],
        mount_point=_has_mount_point(tree),
        passwords=sum(kind == "password" for kind in inputs),
        challenge=any(_CHALLENGES.search(source[:500]) for source in sources if source),
    )


def status_of(page: Page, kept_characters: int) -> Status:
    """Whether there is content, of which so many characters were kept; if not, why not."""
    if kept_characters >= LITTLE_TEXT:
        return Status.CONTENT
    text = "\n".join(block.text for block in page.blocks if block.hidden is Hidden.NO)
    if len(text) < LITTLE_TEXT and _is_blocked(page, text, kept_characters):
        return Status.BLOCKED
    if len(text) < LITTLE_TEXT and _is_consent_wall(page, text):
        return Status.CONSENT
    if kept_characters < HARDLY_ANY and not _has_prose(page):
        if len(text) < VERY_LITTLE_TEXT and _is_sign_in(page, text):
            return Status.LOGIN
        if len(text) < SHELL_TEXT and _is_shell(page, text):
            return Status.JS_SHELL
    return Status.CONTENT if kept_characters else Status.EMPTY


def says_not_found(page: Page, kept_characters: int) -> bool:
    """Whether a page with little content is named after a page that is not there."""
    return kept_characters < VERY_LITTLE_TEXT and any(map(_NOT_FOUND.search, _heads(page)))


def _is_blocked(page: Page, text: str, kept_characters: int) -> bool:
    """Whether the page is a bot check or a refusal."""
    heads = _heads(page)
    marked = page.signals.challenge or _FINGERPRINT.search(text) is not None
    if _BOT_CHECK.search("\n".join((*heads, text[:_TOP]))):
        return marked or kept_characters < HARDLY_ANY
    if len(text) >= VERY_LITTLE_TEXT:
        return False
    refused = any(_REFUSAL.fullmatch(head) for head in (*heads, text.partition("\n")[0]))
    return refused or (page.signals.challenge and not text)


def _is_consent_wall(page: Page, text: str) -> bool:
    """Whether the page is named after a consent and speaks of nothing else."""
    if not any(_CONSENT.search(head) for head in _heads(page)) or not _OF_CONSENT.search(text):
        return False
    return all(
        _OF_CONSENT.search(block.text)
        for block in page.blocks
        if block.hidden is Hidden.NO and len(block.text) >= _PROSE and block.link_share < 0.5
    )


def _is_sign_in(page: Page, text: str) -> bool:
    """Whether signing in is all that the page is for, or what it asks before showing more."""
    if _MUST_SIGN_IN.search(text):
        return True
    called_so = any(_SIGN_IN.search(head) for head in _heads(page))
    if page.signals.passwords:
        return called_so or _SIGN_IN.search(text) is not None
    return called_so and len(text) < SHELL_TEXT


def _is_shell(page: Page, text: str) -> bool:
    """Whether scripts were to bring the text: the page says so, or has nothing but scripts."""
    if _NEEDS_SCRIPTS.search(f"{page.signals.noscript}\n{text}"):
        return True
    return page.scripts > 0 and (page.signals.mount_point or (page.scripts > 2 and not text))


def _has_prose(page: Page) -> bool:
    """Whether the page has a visible paragraph that is more than a notice."""
    return any(
        len(block.text) >= _PROSE and not _NOTICE.search(block.text)
        for block in page.blocks
        if block.hidden is Hidden.NO and block.kind is not Kind.FORM and block.link_share < 0.5
    )


def _heads(page: Page) -> list[str]:
    """What the page calls itself: its title and its first heading."""
    headings = (block.text for block in page.blocks if block.kind is Kind.HEADING)
    return [head[:_TOP] for head in (page.facts.title, next(headings, None)) if head]


def _has_mount_point(tree: Tree) -> bool:
    named = (node for tag in _MOUNT_TAGS for node in _some(tree, tag))
    marked = (
        node
        for tag in ("div", "main", "section")
        for node in _some(tree, tag)
        if "id" in node.attrs and node.attrs["id"].lower() in _MOUNT_POINTS
    )
    return any(len(words(node)) < SHELL_TEXT for nodes in (named, marked) for node in nodes)


def _some(tree: Tree, tag: str) -> list[Node]:
    return list(tree.named.get(tag, ())[:_MAX_LOOKED_AT])
