namespace Headrace.Tests.Server.Fuzz;

internal sealed partial class HostileRequests
{
    /// <summary>
    /// A request for seed system 004. None of these requests waits. Only a few of them name a problem, because such a
    /// request starts many jobs.
    /// </summary>
    private HostileRequest Pricing() =>
        _values.Below(4) switch
        {
            0 => Request("pricing", $"GET /problem/test?a=1&b=2&c={Escape(Or("x", _values.Text))}", null, []),
            1 => Request(
                "pricing",
                "POST /benchop/api/prob/rank/problem1_A1",
                "application/json",
                Utf8(Object(("S", Or("90", () => _values.Json())), ("K", Number()), ("U", _values.Json())))
            ),
            2 => Request(
                "pricing",
                $"GET /problem/{Escape(_values.Text())}?S={Escape(_values.Text())}&K={Escape(_values.Text())}",
                null,
                []
            ),
            _ => Request(
                "pricing",
                _values.Of(
                    (string[])["GET /workers", "GET /workers/methods", "GET /version", "GET /queue", "DELETE /queue"]
                ),
                null,
                []
            ),
        };
}
