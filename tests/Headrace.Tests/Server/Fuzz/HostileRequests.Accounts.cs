namespace Headrace.Tests.Server.Fuzz;

/// <content>Requests about users, keys, logins and sessions.</content>
internal sealed partial class HostileRequests
{
    /// <summary>
    /// A request about users, keys, logins or sessions. Only a few of these requests contain a valid password, because
    /// hashing a password takes 50 ms.
    /// </summary>
    private HostileRequest Account() =>
        _values.Below(16) switch
        {
            0 => Account("POST /v1/login", Object(("user", User()), ("password", Password()))),
            1 => Account(
                $"POST /v1/{_values.Of((string[])["login:refresh", "logout"])}",
                Object(("refreshToken", _values.Quote(Or($"hrr_a_{new string('a', 43)}", _values.Text))))
            ),
            2 => Account($"POST /v1/keys/{KeyName()}:rotate", Object(("grace", _values.Quote(Or("1h", _values.Text))))),
            3 => Request("account", $"DELETE /v1/keys/{KeyName()}", null, []),
            4 => Account(
                "POST /v1/users",
                Object(("name", User()), ("password", Password()), ("roles", Roles()), ("maxJobs", Number()))
            ),
            5 or 6 => Account(
                $"PATCH /v1/users/{UserName()}",
                Object(("roles", Roles()), ("maxJobs", Number()), ("maxBytes", Number()), ("disabled", Boolean()))
            ),
            7 => Account(
                $"PUT /v1/users/{UserName()}/password",
                Object(("current", Password()), ("password", Password()))
            ),
            8 => Request("account", $"DELETE /v1/users/{UserName()}", null, []),
            9 => Request(
                "account",
                $"GET /v1/audit?limit={Escape(Or("5", _values.Text))}&after={Escape(_values.Text())}",
                null,
                []
            ),
            10 => Request("account", $"GET /session?code={Escape(_values.Text())}", null, []),
            11 => Request(
                "account",
                _values.Of((string[])["POST /v1/session-links", "GET /v1/session", "DELETE /v1/session", "GET /v1/me"]),
                null,
                []
            ),
            _ => Account("POST /v1/keys", Key()),
        };

    private HostileRequest Account(string target, string json) =>
        Request("account", target, "application/json", Utf8(json));

    private string KeyName() => Escape(Or($"k{_values.Below(50)}", _values.Text));

    private string UserName() => Escape(Or($"u{_values.Below(5)}", _values.Text));

    private string User() => _values.Quote(Or($"u{_values.Below(5)}", _values.Text));

    /// <summary>Most passwords are too short, so they are rejected before they are hashed.</summary>
    private string Password() =>
        _values.Quote(_values.Chance(0.9) ? _values.Text() : Or("a long password", _values.Text));

    private string Roles() => Or("[\"submitter=eu\"]", () => _values.Json());

    private string Number() => Or("5", _values.Number);

    private string Boolean() => Or("false", () => _values.Json());

    /// <summary>Returns a string that resembles a credential.</summary>
    private string Credential() =>
        _values.Below(5) switch
        {
            0 => $"hrk_{_values.Text()}_{new string('a', 43)}",
            1 => $"{_values.Text()}.{_values.Text()}.{_values.Text()}",
            2 => "eyJhbGciOiJub25lIn0.eyJpc3MiOiJoZWFkcmFjZToifQ.",
            3 => $"hrw_{_values.Text()}",
            _ => _values.Text(),
        };

    private string Key() =>
        Object(
            ("name", _values.Quote(Or($"k{_values.Below(1_000_000)}", _values.Text))),
            ("roles", Roles()),
            ("expires", Or("\"2099-01-01T00:00:00Z\"", () => _values.Json()))
        );
}
