namespace Headrace.Tests.Server.Fuzz;

/// <content>Requests that change jobs and queues, and requests that read events.</content>
internal sealed partial class HostileRequests
{
    /// <summary>
    /// The only queue that these requests change, so that no other job is deleted before the test has read it.
    /// </summary>
    private const string ChangedQueue = "eu";

    private const int MaxChangeableJobs = 50;

    private readonly List<string> _changeableJobs = [];

    /// <summary>Remembers an accepted job of the kind <see cref="JobToChange"/> for later requests.</summary>
    public void AddKnown(string id)
    {
        if (_changeableJobs.Count == MaxChangeableJobs)
            _changeableJobs.RemoveAt(0);
        _changeableJobs.Add(id);
    }

    private HostileRequest Change() =>
        _values.Below(12) switch
        {
            0 or 1 => Change(
                JobToChange,
                "POST /v1/jobs",
                Object(
                    ("method", "\"noop\""),
                    ("queue", $"\"{ChangedQueue}\""),
                    Member("tags"),
                    Member("retry"),
                    Member("priority")
                )
            ),
            2 or 3 => Sweep(_values.Of((string[])["cancel", "retry", "prioritize", "move", "delete"])),
            4 => Request("cancellation", $"DELETE /v1/jobs/{ChangeableJob()}", null, []),
            5 => Request("retry", $"POST /v1/jobs/{ChangeableJob()}:retry{Or("", EndedQuery)}", null, []),
            6 or 7 => Change("edit", $"POST /v1/jobs/{ChangeableJob()}:retry", Edit()),
            8 => Request("deletion", $"POST /v1/jobs/{ChangeableJob()}:delete", null, []),
            9 => Change("settings", $"PUT /v1/queues/{QueueName()}/settings", Settings()),
            10 => Request("queue", $"POST /v1/queues/{QueueName()}:{QueueAction()}", null, []),
            _ => Request(
                "events",
                _values.Chance(0.5)
                    ? $"GET /v1/events?q={Escape(Or("state:failed", _values.Text))}"
                    : $"GET /v1/events?job={ChangeableJob()}",
                null,
                []
            ),
        };

    private HostileRequest Change(string kind, string target, string json) =>
        Request(kind, target, "application/json", Utf8(json));

    private string EndedQuery() => $"?ended={Escape(_values.Text())}";

    private string ChangeableJob() =>
        _changeableJobs.Count == 0
            ? Escape(_values.Text())
            : Or(_values.Of(_changeableJobs), () => Escape(_values.Text()));

    private HostileRequest Sweep(string action)
    {
        var members = new List<(string, string)>
        {
            ("filter", _values.Quote($"queue:{ChangedQueue} {Or("tag:a", _values.Text)}")),
            ("dryRun", Or(_values.Of((string[])["true", "false"]), () => _values.Json())),
        };
        if (action == "prioritize" || _values.Chance(_rate / 5))
            members.Add(("priority", Or("5", _values.Number)));
        if (action == "move" || _values.Chance(_rate / 5))
            members.Add(("queue", _values.Quote(Or(ChangedQueue, _values.Text))));
        return _values.Chance(0.1)
            ? Request("sweep", $"POST /v1/sweeps/{Escape(Or("1", _values.Text))}:stop", null, [])
            : Change("sweep", $"POST /v1/jobs:{action}", Object([.. members]));
    }

    /// <summary>Returns some members of a submission; a null value removes the member from the repeated job.</summary>
    private string Edit()
    {
        var members = _values
            .Many(3, () => _values.Of(JobMembers))
            .Where(name => name is not ("stranger" or "queue" or "method"))
            .Append("priority")
            .Distinct()
            .Select(name => _values.Chance(0.1) ? (name, "null") : Member(name));
        return Or(Object([.. members]), () => _values.Json());
    }

    private string Settings()
    {
        var duration = () => _values.Quote(_values.Text());
        (string, string)[] members =
        [
            ("maxJobs", Or("100000", _values.Number)),
            ("maxBytes", Or("1000000000", _values.Number)),
            ("timeLimit", Or("\"5s\"", duration)),
            ("retry", Or("""{"max":3,"factor":2,"jitter":0.5}""", () => _values.Json())),
            ("keepSucceeded", Or("""{"age":"1d","bytes":1000000}""", () => _values.Json())),
            ("keepFailed", Or("""{"age":"1d"}""", () => _values.Json())),
            ("version", Or("null", _values.Number)),
        ];
        return Or(Object([.. members.Where(_ => _values.Chance(0.5))]), () => _values.Json());
    }

    /// <summary>The jobs that the test runs itself are in the queue <c>default</c>, which must not be paused.</summary>
    private string QueueName() => Escape(Or(ChangedQueue, _values.Text) is var name and not "default" ? name : "x");

    private string QueueAction() =>
        Or(
            _values.Of((string[])["pause", "resume", "resume", "drain", $"purge?max={_values.Below(9)}"]),
            () => $"purge?max={Escape(_values.Text())}"
        );
}
