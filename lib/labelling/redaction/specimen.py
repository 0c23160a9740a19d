"""Lines that meet every rule, so that a rule that changes changes the version of the redaction. Nobody is named."""

SPECIMEN = (
    "write to jane.doe@example.org, jane%40example.org or \u7528\u6237@\u4f8b\u5b50.\u6d4b\u8bd5",
    "jane (at) example (dot) org, jane at example dot org, jane @ example.org, jane@example dot org",
    "+44 (0)20 7946 0958, 0044 20 7946 0958, (212) 555-0143, 030 23125 123, 07700900123, call 555-0143",
    "\u0660\u0661\u0662 555 \uff10\uff11\uff14\uff13, +\u0664\u0664 20 7946 0958, +4\u200b4 20 7946 0958",
    "192.0.2.17, version 1.2.3.4, 2001:db8::7, 00:00:5e:00:53:01",
    "4111 1111 1111 1111, GB82 WEST 1234 5698 7654 32",
    "078-05-1120, QQ 12 34 56 C, AB123456C, 12345678Z, X1234567L, RSSMRA85T10A562S, 111.444.777-35",
    "2345 6789 0124, ABCPE1234F, 44051401359, 811228-9874, 11010519491231002X, 255081416802538, HEGG560427MVZRRL04",
    "https://jane:pw@example.org/?access_token=abc123&w=2, password: hunter2, Bearer abcdefghijklmnop1234",
    "eyJhbGciOiJub25l.eyJzdWIiOiJqYW5l.c2ln, AKIAIOSFODNN7EXAMPLE",
    "@jane.doe, 2026-03-02, 02.03.2026, ISBN 0-306-40615-2, EUR 1,299.00, 12:30:45, SKU 0815-4711",
)
SPECIMEN_ADDRESSES = (
    "https://images.example/236x/ab/cd.jpg?w=236&token=abc123&v=20260302123456#top",
    "https://jane:pw@images.example/1.jpg?fit=crop",
    "https://images.example/jane.doe@example.org/1.jpg",
)
