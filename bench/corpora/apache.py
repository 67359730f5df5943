"""Apache's combined log format (mod_log_config: `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`), ~200 bytes."""

from __future__ import annotations

from corpora.draw import I64, Draw, render
from corpora.pools import AGENTS, OUTSIDE, OUTSIDE6, PEOPLE

PATHS = [
    "/", "/index.html", "/favicon.ico", "/robots.txt", "/api/v1/items", "/login", "/static/css/main.css",
    "/static/js/app.min.js", "/images/logo.png", "/products", "/cart", "/checkout/confirm", "/wp-login.php", "/feed",
    "/search", "/healthz", "/api/v2/users/me", "/xmlrpc.php", "/.env", "/admin/", "/blog/2025/11/how-we-work",
    "/.git/config", "/phpmyadmin/index.php", "/cgi-bin/luci", "/downloads/handbook.pdf", "/actuator/health",
    *[f"/products/{i}/details" for i in range(100, 700)], *[f"/static/img/{i:05x}.webp" for i in range(0, 40_000, 97)],
]  # fmt: skip
QUERIES = [
    "", "", "", "", "?page=2", "?q=blue+shoes&sort=price", "?utm_source=newsletter&utm_medium=email&utm_campaign=autumn",
    "?id=1%27%20OR%20%271%27=%271", "?redirect=%2Faccount%2Forders", "?v=1.8.3", "?lang=de&session=7f3a", "?s=../../../../etc/passwd",
]  # fmt: skip
REFERERS = [
    "-", "-", "https://www.example.com/", "https://www.example.com/products?page=3", "https://www.google.com/",
    "https://www.example.com/search?q=running+shoes", "http://news.example.org/2025/11/17/story.html", "android-app://com.example.shop/",
]  # fmt: skip
METHODS = ("GET", "POST", "HEAD", "PUT", "OPTIONS", "DELETE", "PATCH", "PROPFIND")
STATUSES = (200, 304, 404, 302, 301, 403, 500, 401, 206, 400, 503, 405, 499, 201, 204)
ODD = (
    r'"\x16\x03\x01\x02" 400 226 "-" "-"', '"-" 408 - "-" "-"', r'"GET /?x=\"quoted\" HTTP/1.1" 400 301 "-" "curl/8.5.0"',
    '"CONNECT example.net:443 HTTP/1.1" 405 304 "-" "-"', '"GET / HTTP/1.0" 200 45 "-" "Mozilla/5.0 (\\"odd\\")"',
)  # fmt: skip


def lines(draw: Draw, micros: I64) -> list[str]:
    """One line a time of `micros`."""
    n = len(micros)
    columns = (
        draw.ints(0, 400, n),
        [
            a if r else b
            for a, b, r in zip(draw.pick(OUTSIDE, n), draw.even(OUTSIDE6, n), draw.ints(0, 20, n), strict=True)
        ],
        [p if r == 0 else "-" for p, r in zip(draw.pick(PEOPLE, n), draw.ints(0, 25, n), strict=True)],
        render(micros, "[%d/%b/%Y:%H:%M:%S +0000]"),
        draw.pick(METHODS, n, 2.2),
        draw.pick(PATHS, n, 0.8),
        draw.even(QUERIES, n),
        draw.pick(("1.1", "2.0", "1.0"), n, 1.5),
        draw.pick(STATUSES, n, 1.6),
        draw.sizes(5000, n),
        draw.pick(REFERERS, n, 0.7),
        draw.pick(AGENTS, n, 0.6),
    )
    return [
        f'{a} - {u} {when} "{m} {p}{q} HTTP/{v}" {s} {"-" if s in (304, 204) else size} "{ref}" "{agent}"'
        if odd
        else f"{a} - {u} {when} {ODD[size % len(ODD)]}"
        for odd, a, u, when, m, p, q, v, s, size, ref, agent in zip(*columns, strict=True)
    ]
