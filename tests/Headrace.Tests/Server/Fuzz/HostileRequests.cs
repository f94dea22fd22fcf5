using System.Globalization;
using System.Text;
using Google.Protobuf;
using Headrace.Protocol.Wire;
using Headrace.Tests.Protocol.Exchange;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Tests.Server.Fuzz;

/// <summary>A request as bytes. The server may answer an incomplete request by closing the connection.</summary>
internal sealed record HostileRequest(string Kind, byte[] Bytes, bool IsComplete)
{
    /// <summary>
    /// Whether the request is sent over TCP, where the server checks the Host, and not over the Unix socket.
    /// </summary>
    public bool OverTcp { get; init; }

    public override string ToString()
    {
        var text = Encoding.Latin1.GetString(Bytes);
        return text.Length <= 4_000 ? text : $"{text[..4_000]}… ({text.Length} bytes)";
    }
}

/// <summary>
/// Generates requests for every route and for every parser behind the routes: JSON, Protobuf, JSONL, text, queries,
/// paths and headers. Most requests are well-formed except for a few values.
/// </summary>
internal sealed partial class HostileRequests(int seed, string key, IReadOnlyList<RouteEndpoint> routes)
{
    /// <summary>The number of methods that hostile workers offer and for which hostile clients submit jobs.</summary>
    private const int Methods = 40;

    /// <summary>The kind of jobs that later requests cancel, retry, edit and delete.</summary>
    public const string JobToChange = "job to change";

    public static readonly IReadOnlyList<string> Kinds =
    [
        "job",
        "raw job",
        "JSONL batch",
        "Protobuf batch",
        "JSON exchange",
        "Protobuf exchange",
        "work",
        "pull",
        "account",
        "consumer",
        JobToChange,
        "sweep",
        "cancellation",
        "retry",
        "edit",
        "deletion",
        "settings",
        "queue",
        "events",
        "pricing",
        RouteKind,
        "read",
    ];

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
        "retry",
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
        "Last-Event-ID",
        "traceparent",
        "X-Headrace-Antiforgery",
    ];

    private readonly Random _random = new(seed);
    private readonly HostileValues _values = new(new Random(seed));

    /// <summary>
    /// The probability that a value of the current request is hostile. A request with a single hostile value gets
    /// further than one with many.
    /// </summary>
    private double _rate;

    public HostileRequest Next()
    {
        _rate = _values.Of((double[])[0.01, 0.05, 0.4]);
        var worker = Worker();
        return _values.Below(22) switch
        {
            0 or 1 => Request("job", "POST /v1/jobs", "application/json", Utf8(Job())),
            2 => Request("raw job", $"POST /v1/jobs?{JobQuery()}", "text/plain", Utf8(_values.Text())),
            3 => Request(
                "JSONL batch",
                "POST /v1/jobs:batch",
                "application/jsonl",
                Utf8(string.Join('\n', _values.Many(8, Job)))
            ),
            4 => Request("Protobuf batch", "POST /v1/jobs:batch", "application/x-protobuf", Mutated(Batch())),
            5 or 6 => Request(
                "JSON exchange",
                $"POST /v1/workers/{worker}/exchange",
                "application/json",
                Utf8(Exchange(worker))
            ),
            7 => Request(
                "Protobuf exchange",
                $"POST /v1/workers/{worker}/exchange",
                "application/x-protobuf",
                Mutated(ProtobufExchange(worker))
            ),
            8 => Request(
                "work",
                $"PUT /enqueue?iterations={Escape(Or("5", _values.Text))}",
                "text/plain",
                new byte[20_000]
            ),
            10 => Account(),
            11 => Consumer(),
            12 or 13 or 14 or 15 => Change(),
            16 => Pricing(),
            17 or 18 or 19 => AnyRoute(),
            9 => Request("pull", $"POST /pullCompleted?top={Escape(Or("5", _values.Text))}", null, []),
            _ => Request(
                "read",
                $"{_values.Of((string[])["GET", "GET", "GET", "HEAD", "DELETE", "OPTIONS", "PATCH"])} {Path()}",
                null,
                []
            ),
        };
    }

    private byte[] Mutated(byte[] bytes) => _values.Chance(_rate) ? _values.Mutate(bytes) : bytes;

    /// <summary>
    /// Returns a hostile value with the probability of the current request, and the usual value otherwise.
    /// </summary>
    private string Or(string usual, Func<string> hostile) => _values.Chance(_rate) ? hostile() : usual;

    private HostileRequest Request(string kind, string target, string? type, byte[] body) =>
        Compose(kind, target, type, body) with
        {
            OverTcp = _values.Chance(0.3),
        };

    private HostileRequest Compose(string kind, string target, string? type, byte[] body)
    {
        var head = new StringBuilder();
        var isComplete = true;
        head.Append(CultureInfo.InvariantCulture, $"{target} HTTP/1.1\r\nConnection: close\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Host: {Or("localhost", () => Header(_values.Text()))}\r\n");
        if (!_values.Chance(_rate / 5))
            head.Append(
                CultureInfo.InvariantCulture,
                $"Authorization: Bearer {(_values.Chance(_rate / 5) ? Header(Credential()) : key)}\r\n"
            );
        if (type is not null)
            head.Append(CultureInfo.InvariantCulture, $"Content-Type: {Or(type, () => Header(_values.Text()))}\r\n");
        if (_values.Chance(_rate))
            foreach (var name in _values.Many(3, () => _values.Of(Headers)))
                head.Append(CultureInfo.InvariantCulture, $"{name}: {Header(_values.Text())}\r\n");
        if (_values.Chance(0.1))
        {
            // The body is sent as a single chunk, whose announced size is usually correct.
            isComplete = !_values.Chance(0.3);
            var size = isComplete ? body.Length.ToString("x", CultureInfo.InvariantCulture) : _values.Number();
            head.Append("Transfer-Encoding: ")
                .Append(_values.Chance(0.1) ? "gzip, chunked" : "chunked")
                .Append("\r\n\r\n");
            var chunk = body.Length == 0 && isComplete ? "" : $"{size}\r\n{Encoding.Latin1.GetString(body)}\r\n";
            return new HostileRequest(kind, Encoding.Latin1.GetBytes($"{head}{chunk}0\r\n\r\n"), isComplete);
        }
        if (body.Length > 0 || type is not null || _values.Chance(0.1))
        {
            isComplete = !_values.Chance(0.03);
            head.Append("Content-Length: ")
                .Append(isComplete ? $"{body.Length}" : Header(_values.Number()))
                .Append("\r\n");
        }
        return new HostileRequest(kind, [.. Encoding.UTF8.GetBytes($"{head}\r\n"), .. body], isComplete);
    }

    private string Job()
    {
        var method = Method();
        var members = new List<(string, string)>
        {
            ("method", _values.Quote(method)),
            ("params", Or(method == "sha512" ? """{"iterations":5}""" : "{}", () => _values.Json())),
        };
        members.AddRange(_values.Many(4, () => Member(_values.Of(JobMembers))));
        return Or(Object([.. members.DistinctBy(member => member.Item1)]), () => _values.Json());
    }

    /// <summary>Returns a member of a job, with either a hostile or a typical value.</summary>
    private (string, string) Member(string name)
    {
        var usual = name switch
        {
            "priority" or "retries" => "5",
            "timeLimit" => "\"5s\"",
            "scheduledAt" or "deadline" => "\"2090-01-01T00:00:00Z\"",
            "contentType" => "\"text/plain\"",
            "idempotencyKey" => $"\"k{_values.Below(100)}\"",
            "tags" => $"[\"a\",\"run={_values.Below(100)}\"]",
            "retry" => """{"max":3,"delay":"1s","factor":2,"maxDelay":"1m","jitter":0.25}""",
            "stranger" => "1",
            _ => "\"eA==\"",
        };
        return (name, Or(usual, () => _values.Chance(0.5) ? _values.Quote(_values.Text()) : _values.Json()));
    }

    private string JobQuery() =>
        string.Join(
            '&',
            _values
                .Many(4, () => _values.Of(JobMembers))
                .Where(name => name is not "method")
                .Distinct()
                .Select(name => $"{Escape(name)}={Escape(Or(QueryValue(name), _values.Text))}")
                .Append($"method={Escape(Method())}")
        );

    private string QueryValue(string name) =>
        name switch
        {
            "tags" => "a,run=1",
            "retry" => "max=3,factor=2,jitter=0.25",
            _ => Member(name).Item2.Trim('"'),
        };

    private string Method() => Or(_values.Of((string[])["noop", "noop@1", "sha512", Hostile()]), _values.Text);

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
                        Queue = Or("", _values.Text),
                        Params = Or("{}", () => _values.Json()),
                        Body = ByteString.CopyFromUtf8(_values.Text()),
                        ContentType = Or("", _values.Text),
                        IdempotencyKey = Or("", _values.Text),
                        Priority = _random.Next(),
                        ScheduledAt = !_values.Chance(_rate)
                            ? null
                            : new() { Seconds = _random.NextInt64(), Nanos = _random.Next() },
                        TimeLimit = !_values.Chance(_rate)
                            ? null
                            : new() { Seconds = _random.NextInt64(), Nanos = _random.Next() },
                        Retry = _values.Chance(0.5) ? Policy() : null,
                        Tags = { _values.Many(3, () => Or("run=1", _values.Text)) },
                        Traceparent = Or("", _values.Text),
                    }
            )
        );
        return batch.ToByteArray();
    }

    private Retry Policy()
    {
        var policy = new Retry
        {
            Max = 3,
            Factor = 2,
            Jitter = 0.25,
        };
        if (_values.Chance(_rate))
            policy.Factor = _values.Of((double[])[double.NaN, double.PositiveInfinity, -1, 0.5, 101, double.MaxValue]);
        if (_values.Chance(_rate))
            policy.Jitter = _values.Of((double[])[double.NaN, double.NegativeInfinity, -0.1, 1.1, double.Epsilon]);
        if (_values.Chance(_rate))
            policy.Delay = new() { Seconds = _random.NextInt64(), Nanos = _random.Next() };
        if (_values.Chance(_rate))
            policy.MaxDelay = new() { Seconds = -_random.NextInt64(), Nanos = -_random.Next() };
        return policy;
    }

    private string Worker() => Or($"w{_values.Below(20)}", () => Escape(_values.Text()));

    private string Exchange(string worker)
    {
        var members = new List<(string, string)>
        {
            ("worker", Or(_values.Quote(worker), () => _values.Quote(_values.Text()))),
            ("incarnation", $"\"{1 + _values.Below(3)}\""),
            ("exchangeNumber", $"\"{_values.Below(4)}\""),
            ("slots", Or($"{1 + _values.Below(20)}", _values.Number)),
            ("offers", $"[{string.Join(",", _values.Many(3, Offer))}]"),
            ("outcomes", $"[{string.Join(",", _values.Many(3, Outcome))}]"),
            ("leasesHeld", $"[{string.Join(",", _values.Many(3, Held))}]"),
        };
        if (_values.Chance(_rate))
            members.Add((_values.Of(ExchangeMembers), _values.Json()));
        return Object([.. members]);
    }

    private byte[] ProtobufExchange(string worker)
    {
        var message = new RandomMessages(_random, inRange: !_values.Chance(_rate)).Request();
        if (_values.Chance(_rate))
            return message.ToByteArray();
        // Replaces the random values, which may be at the ends of their ranges, and the random names, which belong to
        // no worker.
        (message.Worker, message.Incarnation, message.Store, message.Pool) = (worker, 1, "", "");
        (message.Slots, message.Prefetch, message.ExchangeNumber) = (1, 1, (ulong)_values.Below(4));
        (message.Predecessor, message.Draining, message.Wait) = (null, false, null);
        message.Offers.Clear();
        return message.ToByteArray();
    }

    private string Offer() =>
        Object(
            ("method", _values.Quote(Hostile())),
            ("version", Or($"{1 + _values.Below(50)}", _values.Number)),
            ("schema", _values.Quote(_values.Chance(0.2) ? "{}" : _values.Schema())),
            ("runtimeInfo", _values.Quote(Or("x", _values.Text))),
            ("slots", Or("1", _values.Number)),
            ("retryPolicy", Or("""{"max":3,"delay":"1s","factor":2}""", () => _values.Json())),
            ("resultSchema", _values.Quote(_values.Chance(0.8) ? "" : _values.Schema()))
        );

    private string Outcome() =>
        Object(
            ("job", Or($"\"{1 + _values.Below(200)}\"", _values.Number)),
            ("attempt", Or("1", _values.Number)),
            ("kind", Or(_values.Of((string[])["1", "2", "3", "\"succeeded\""]), _values.Number)),
            ("result", Or("\"eA==\"", () => _values.Quote(_values.Text()))),
            ("contentType", _values.Quote(_values.Text())),
            ("error", Object(("type", _values.Quote(_values.Text())), ("message", _values.Quote(_values.Text())))),
            (
                "metrics",
                Object(
                    ("cpuMs", Or("1.5", _values.Number)),
                    ("started", Or("\"2030-01-01T00:00:00Z\"", () => _values.Quote(_values.Text())))
                )
            )
        );

    private string Held() =>
        Object(
            ("job", Or($"\"{1 + _values.Below(200)}\"", _values.Number)),
            ("attempt", Or("1", _values.Number)),
            ("started", "true"),
            ("progress", Object(("fraction", Or("0.5", _values.Number)), ("text", _values.Quote(_values.Text()))))
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
                    "/v1/feeds",
                    $"/v1/feeds/{id}",
                    "/v1/bridges",
                    $"/v1/bridges/{id}",
                    "/v1/webhooks",
                    $"/v1/webhooks/{id}",
                    "/v1/queues",
                    $"/v1/queues/{id}",
                    "/v1/methods",
                    $"/v1/methods/{id}",
                    "/v1/workers",
                    "/v1/sweeps",
                    $"/v1/sweeps/{id}",
                    "/v1/failures",
                    "/v1/store",
                    $"/v1/queues/{id}/settings",
                    $"/v1/workers/{id}/log",
                    "/v1/pools",
                    $"/v1/pools/{id}/why",
                    "/v1/keys",
                    "/v1/users",
                    "/v1/me",
                    "/v1/audit",
                    "/session",
                    "/v1/session",
                    "/metrics",
                    "/v1/events",
                    $"/{id}",
                    "//v1/jobs",
                    "/v1/jobs/../jobs",
                    "/v1/jobs/%2e%2e",
                ]
        );
        if (_values.Chance(0.5))
            return path;
        // A valid wait time would delay the reply.
        var name = _values.Of(
            (string[])["q", "after", "limit", "top", "queue", "attempt", "follow", "changes", "job", "", "é"]
        );
        return $"{path}?{Escape(name)}={Escape(_values.Text())}{(_values.Chance(0.1) ? "&limit=1&limit=2" : "")}";
    }

    /// <summary>
    /// Usually escapes the characters that a URL cannot contain. The server must also reject text that is not escaped.
    /// </summary>
    private string Escape(string text)
    {
        var shortened = text.Length > 300 ? text[..300] : text;
        if (_values.Chance(0.9))
            return Uri.EscapeDataString(shortened);
        return new string([.. shortened.Where(c => c is not (' ' or '\r' or '\n'))]);
    }

    private static string Header(string text) => text.Length > 1_000 ? text[..1_000] : text;

    /// <summary>
    /// Encodes text as UTF-8. Some results are damaged, for example cut in the middle of a character.
    /// </summary>
    private byte[] Utf8(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Mutated(bytes);
    }
}
