namespace Headrace.Tests.Server.Fuzz;

/// <content>Requests from consumers of feeds and messages.</content>
internal sealed partial class HostileRequests
{
    /// <summary>
    /// A consumer's request: it creates or deletes a feed, pulls from a feed or a queue, or settles deliveries.
    /// </summary>
    private HostileRequest Consumer() =>
        _values.Below(9) switch
        {
            0 => Consumer(
                $"PUT /v1/feeds/{FeedName()}",
                Object(
                    ("queue", _values.Quote(Or("eu", _values.Text))),
                    ("from", Or("\"first\"", () => _values.Json())),
                    ("states", Or("\"all\"", () => _values.Json()))
                )
            ),
            1 => Request("consumer", $"POST /v1/feeds/{FeedName()}:pull?{PullQuery()}", null, []),
            2 => Consumer(
                $"POST /v1/feeds/{FeedName()}:{_values.Of((string[])["ack", "release"])}",
                Object(("deliveries", Or($"[\"f1:{Number()}:{Number()}\"]", () => _values.Json())))
            ),
            3 => Consumer(
                $"POST /v1/feeds/{FeedName()}:seek",
                Object(("to", _values.Quote(Or("first", _values.Text))))
            ),
            4 => Consumer(
                $"POST /v1/queues/{Escape(Or("eu", _values.Text))}/messages:{_values.Of((string[])["ack", "release"])}",
                Object(("deliveries", Or($"[\"{Number()}#{Number()}\"]", () => _values.Json())))
            ),
            5 => Consumer(
                $"PUT /v1/webhooks/{WebhookName()}",
                Object(
                    ("url", _values.Quote(Or("http://127.0.0.1:1/", _values.Text))),
                    ("queue", _values.Quote(Or("eu", _values.Text))),
                    ("states", Or("\"all\"", () => _values.Json())),
                    ("timeout", Or("\"1s\"", () => _values.Json())),
                    ("disableAfter", Or("\"1m\"", () => _values.Json()))
                )
            ),
            6 => Consumer(
                $"POST /v1/webhooks/{WebhookName()}:{_values.Of((string[])["pause", "resume", "test", "rotate"])}",
                Object(("grace", Or("\"1h\"", () => _values.Json())))
            ),
            7 => Consumer(
                "POST /v1/jobs",
                Object(("method", "\"message\""), ("queue", "\"eu\""), ("body", _values.Quote(_values.Text())))
            ),
            _ => Request(
                "consumer",
                $"POST /v1/queues/{Escape(Or("eu", _values.Text))}/messages:pull?{PullQuery()}",
                null,
                []
            ),
        };

    private HostileRequest Consumer(string target, string json) =>
        Request("consumer", target, "application/json", Utf8(json));

    private string FeedName() => Escape(Or($"f{_values.Below(4)}", _values.Text));

    private string WebhookName() => Escape(Or($"w{_values.Below(4)}", _values.Text));

    private string PullQuery() => $"top={Escape(Or("5", _values.Text))}&lease={Escape(Or("1s", _values.Text))}";
}
