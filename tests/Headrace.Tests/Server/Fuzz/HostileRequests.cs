using System.Globalization;
using System.Text;
using Google.Protobuf;
using Headrace.Protocol.Wire;
using Headrace.Tests.Protocol.Exchange;

namespace Headrace.Tests.Server.Fuzz;

/// <summary>A request as bytes. An incomplete one may be answered by closing the connection.</summary>
internal sealed record HostileRequest(byte[] Bytes, bool IsComplete)
{
    public override string ToString()
    {
        var text = Encoding.Latin1.GetString(Bytes);
        return text.Length <= 4_000 ? text : $"{text[..4_000]}… ({text.Length} bytes)";
    }
}

/// <summary>
/// Generates requests for every route and every reader behind it: JSON, Protobuf, JSONL, text, queries, paths and
/// headers. Most are well-formed but for a few values.
/// </summary>
internal sealed class HostileRequests(int seed, string key)
{
    /// <summary>Methods that hostile workers offer and that hostile clients submit jobs for.</summary>
    private const int Methods = 40;

    private static readonly string[] JobMembers =
    [
        "method",
        "params",
        "body",
        "bodyBase64",
        "contentType",
        "queue",
        "priority",
        "scheduledAt",
        "deadline",
        "timeLimit",
        "retries",
        "idempotencyKey",
        "tags",
        "stranger",
    ];

    private static readonly string[] ExchangeMembers =
    [
        "store",
        "worker",
        "incarnation",
        "predecessor",
        "pool",
        "exchangeNumber",
        "slots",
        "prefetch",
        "offers",
        "leasesHeld",
        "outcomes",
        "logs",
        "draining",
        "leases_held",
        "stranger",
    ];

    private static readonly string[] Headers =
    [
        "Prefer",
        "Idempotency-Key",
        "Content-Digest",
        "Content-Encoding",
        "Accept",
        "Range",
        "If-None-Match",
        "If-Range",
        "If-Modified-Since",
        "If-Match",
        "Origin",
        "Cookie",
        "Expect",
        "TE",
        "X-Forwarded-For",
        "Authorization",
        "Content-Type",
        "Accept-Encoding",
        "Upgrade",
        "Referer",
    ];

    private readonly Random _random = new(seed);
    private readonly HostileValues _values = new(new Random(seed));

    public HostileRequest Next() =>
        _values.Below(12) switch
        {
            0 or 1 => Request("POST", "/v1/jobs", "application/json", Utf8(Job())),
            2 => Request("POST", $"/v1/jobs?{JobQuery()}", "text/plain", Utf8(_values.Text())),
            3 => Request("POST", "/v1/jobs:batch", "application/jsonl", Utf8(string.Join('\n', _values.Many(8, Job)))),
            4 => Request("POST", "/v1/jobs:batch", "application/x-protobuf", _values.Mutate(Batch())),
            5 or 6 => Request("POST", $"/v1/workers/{Worker()}/exchange", "application/json", Utf8(Exchange())),
            7 => Request(
                "POST",
                $"/v1/workers/{Worker()}/exchange",
                "application/x-protobuf",
                _values.Mutate(new RandomMessages(_random).Request().ToByteArray())
            ),
            8 => Request("PUT", $"/enqueue?iterations={Escape(_values.Text())}", "text/plain", new byte[20_000]),
            9 => Request("POST", $"/pullCompleted?top={Escape(_values.Text())}", null, []),
            _ => Request(
                _values.Of((string[])["GET", "GET", "GET", "HEAD", "DELETE", "OPTIONS", "PATCH"]),
                Path(),
                null,
                []
            ),
        };

    private HostileRequest Request(string method, string target, string? type, byte[] body)
    {
        var head = new StringBuilder();
        var isComplete = true;
        head.Append(CultureInfo.InvariantCulture, $"{method} {target} HTTP/1.1\r\nConnection: close\r\n");
        head.Append(_values.Chance(0.03) ? $"Host: {Header(_values.Text())}\r\n" : "Host: localhost\r\n");
        if (_values.Chance(0.97))
            head.Append(CultureInfo.InvariantCulture, $"Authorization: Bearer {key}\r\n");
        if (type is not null)
            head.Append(
                CultureInfo.InvariantCulture,
                $"Content-Type: {(_values.Chance(0.05) ? Header(_values.Text()) : type)}\r\n"
            );
        if (_values.Chance(0.25))
            foreach (var name in _values.Many(3, () => _values.Of(Headers)))
                head.Append(CultureInfo.InvariantCulture, $"{name}: {Header(_values.Text())}\r\n");
        if (_values.Chance(0.1))
        {
            // Chunked, with a size that is usually right.
            isComplete = !_values.Chance(0.3);
            var size = isComplete ? body.Length.ToString("x", CultureInfo.InvariantCulture) : _values.Number();
            head.Append("Transfer-Encoding: ")
                .Append(_values.Chance(0.1) ? "gzip, chunked" : "chunked")
                .Append("\r\n\r\n");
            var chunk = body.Length == 0 && isComplete ? "" : $"{size}\r\n{Encoding.Latin1.GetString(body)}\r\n";
            return new HostileRequest(Encoding.Latin1.GetBytes($"{head}{chunk}0\r\n\r\n"), isComplete);
        }
        if (body.Length > 0 || type is not null || _values.Chance(0.1))
        {
            isComplete = !_values.Chance(0.03);
            head.Append("Content-Length: ")
                .Append(isComplete ? $"{body.Length}" : Header(_values.Number()))
                .Append("\r\n");
        }
        return new HostileRequest([.. Encoding.UTF8.GetBytes($"{head}\r\n"), .. body], isComplete);
    }

    private string Job()
    {
        var members = new List<(string, string)> { ("method", _values.Quote(Method())) };
        if (_values.Chance(0.6))
            members.Add(("params", _values.Json()));
        members.AddRange(
            _values.Many(
                4,
                () => (_values.Of(JobMembers), _values.Chance(0.5) ? _values.Quote(_values.Text()) : _values.Json())
            )
        );
        return _values.Chance(0.05) ? _values.Json() : Object([.. members.DistinctBy(member => member.Item1)]);
    }

    private string JobQuery() =>
        string.Join(
            '&',
            _values
                .Many(4, () => _values.Of(JobMembers))
                .Where(name => name != "method")
                .Select(name => $"{Escape(name)}={Escape(_values.Text())}")
                .Append($"method={Escape(_values.Chance(0.9) ? Method() : _values.Text())}")
        );

    private string Method() =>
        _values.Below(4) switch
        {
            0 => "noop",
            1 => "sha512",
            2 => Hostile(),
            _ => _values.Text(),
        };

    private string Hostile() => $"hostile{_values.Below(Methods)}";

    private byte[] Batch()
    {
        var batch = new SubmitBatch();
        batch.Jobs.AddRange(
            _values.Many(
                5,
                () =>
                    new SubmitJob
                    {
                        Method = Method(),
                        Queue = _values.Chance(0.5) ? "" : _values.Text(),
                        Params = _values.Json(),
                        Body = ByteString.CopyFromUtf8(_values.Chance(0.5) ? "" : _values.Text()),
                        ContentType = _values.Chance(0.5) ? "" : _values.Text(),
                        IdempotencyKey = _values.Chance(0.7) ? "" : _values.Text(),
                        Priority = _random.Next(),
                        ScheduledAt = _values.Chance(0.7)
                            ? null
                            : new() { Seconds = _random.NextInt64(), Nanos = _random.Next() },
                        TimeLimit = _values.Chance(0.7)
                            ? null
                            : new() { Seconds = _random.NextInt64(), Nanos = _random.Next() },
                    }
            )
        );
        return batch.ToByteArray();
    }

    private string Worker() => _values.Chance(0.1) ? Escape(_values.Text()) : $"w{_values.Below(20)}";

    private string Exchange()
    {
        var members = new List<(string, string)>
        {
            ("worker", _values.Quote(Worker())),
            ("incarnation", $"\"{1 + _values.Below(3)}\""),
            ("exchangeNumber", $"\"{_values.Below(4)}\""),
            ("slots", $"{_values.Below(20)}"),
            ("offers", $"[{string.Join(",", _values.Many(3, Offer))}]"),
            ("outcomes", $"[{string.Join(",", _values.Many(3, Outcome))}]"),
            ("leasesHeld", $"[{string.Join(",", _values.Many(3, Held))}]"),
        };
        members.AddRange(_values.Many(2, () => (_values.Of(ExchangeMembers), _values.Json())));
        return Object([.. members]);
    }

    private string Offer() =>
        Object(
            ("method", _values.Quote(Hostile())),
            ("version", $"{1 + _values.Below(5)}"),
            ("schema", _values.Quote(_values.Schema())),
            ("runtimeInfo", _values.Quote(_values.Text()))
        );

    private string Outcome() =>
        Object(
            ("job", $"\"{1 + _values.Below(50)}\""),
            ("attempt", $"{1 + _values.Below(3)}"),
            ("kind", _values.Of((string[])["1", "2", "\"succeeded\"", "\"failed\"", "99"])),
            ("result", "\"eA==\""),
            ("contentType", _values.Quote(_values.Text())),
            ("error", Object(("type", _values.Quote(_values.Text())), ("message", _values.Quote(_values.Text())))),
            ("metrics", Object(("cpuMs", _values.Number()), ("started", _values.Quote(_values.Text()))))
        );

    private string Held() =>
        Object(
            ("job", $"\"{_values.Below(50)}\""),
            ("attempt", _values.Number()),
            ("started", "true"),
            ("progress", Object(("fraction", _values.Number()), ("text", _values.Quote(_values.Text()))))
        );

    private static string Object(params (string Name, string Json)[] members) =>
        $"{{{string.Join(",", members.Select(member => $"\"{member.Name}\":{member.Json}"))}}}";

    private string Path()
    {
        var id = _values.Chance(0.7) ? $"{_values.Below(200)}" : Escape(_values.Text());
        var path = _values.Of(
            (string[])
                [
                    "/",
                    "/healthz",
                    "/readyz",
                    "/openapi.json",
                    "/docs/api",
                    "/problems",
                    $"/problems/{id}",
                    "/v1/jobs",
                    $"/v1/jobs/{id}",
                    $"/v1/jobs/{id}/result",
                    $"/v1/jobs/{id}/input",
                    $"/v1/jobs/{id}/attempts",
                    $"/v1/jobs/{id}/log",
                    $"/v1/jobs/{id}/why",
                    "/v1/results",
                    "/v1/queues",
                    $"/v1/queues/{id}",
                    "/v1/methods",
                    $"/v1/methods/{id}",
                    "/v1/workers",
                    "/v1/pools",
                    $"/v1/pools/{id}/why",
                    "/metrics",
                    $"/{id}",
                    "//v1/jobs",
                    "/v1/jobs/../jobs",
                    "/v1/jobs/%2e%2e",
                ]
        );
        if (_values.Chance(0.5))
            return path;
        // A valid wait would delay the reply.
        var name = _values.Of(
            (string[])["q", "after", "limit", "top", "queue", "attempt", "follow", "changes", "", "é"]
        );
        return $"{path}?{Escape(name)}={Escape(_values.Text())}{(_values.Chance(0.1) ? "&limit=1&limit=2" : "")}";
    }

    /// <summary>Usually escapes what a URL cannot contain; the server must also reject what is not escaped.</summary>
    private string Escape(string text)
    {
        var shortened = text.Length > 300 ? text[..300] : text;
        if (_values.Chance(0.9))
            return Uri.EscapeDataString(shortened);
        return new string([.. shortened.Where(c => c is not (' ' or '\r' or '\n'))]);
    }

    private static string Header(string text) => text.Length > 1_000 ? text[..1_000] : text;

    /// <summary>Half pairs of UTF-16 become invalid bytes; some texts are cut inside a character.</summary>
    private byte[] Utf8(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return _values.Chance(0.05) ? _values.Mutate(bytes) : bytes;
    }
}
