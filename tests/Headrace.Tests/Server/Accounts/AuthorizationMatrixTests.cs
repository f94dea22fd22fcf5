using System.Text;
using System.Text.RegularExpressions;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Hosting;
using Headrace.Server.Http;
using Headrace.Tests.Architecture;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

/// <summary>
/// Calls every route with every role, without a key and with a worker key, and compares the replies with the table of
/// roles and with the tables in docs/security.md.
/// </summary>
public sealed partial class AuthorizationMatrixTests(AuthorizationMatrixTests.DemoScene scene)
    : IClassFixture<AuthorizationMatrixTests.DemoScene>
{
    private const string Document = "docs/security.md";

    /// <summary>The columns of the table: no key, and each role.</summary>
    private static readonly (string Name, Role? Role)[] Columns =
    [
        ("no key", null),
        .. Enum.GetValues<Role>().Select(role => (Grant.NameOf(role), (Role?)role)),
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_admits_exactly_the_callers_that_the_table_names()
    {
        var clients = await ClientsAsync();
        var routes = scene.Server.Server.Routes.Where(IsOfTheApi).OrderBy(NameOf, StringComparer.Ordinal).ToList();
        Assert.InRange(routes.Count, 40, int.MaxValue);

        var faults = new List<string>();
        var rows = new List<string> { Row(["route", .. Columns.Select(column => column.Name)]) };
        foreach (var route in routes)
        {
            var cells = new List<string> { $"`{NameOf(route)}`" };
            foreach (var ((name, role), client) in Columns.Zip(clients))
            {
                var admitted = await IsAdmittedAsync(client, route);
                if (admitted != MayCall(role, RouteAccess.Of(route)))
                    faults.Add($"{NameOf(route)} with {name}: {(admitted ? "admitted" : "rejected")}");
                cells.Add(admitted ? "yes" : "–");
            }
            rows.Add(Row(cells));
        }

        Assert.Empty(faults);
        AssertInDocument("### Routes", rows);
    }

    [Fact]
    public void The_table_of_roles_in_the_document_is_that_of_the_code()
    {
        var roles = Enum.GetValues<Role>();
        AssertInDocument(
            "### Roles",
            [
                Row(["permission", .. roles.Select(Grant.NameOf)]),
                .. RoleTable.Rows.Select(row =>
                    Row([row.Description, .. roles.Select(role => row.Roles.Contains(role) ? "yes" : "–")])
                ),
            ]
        );
    }

    /// <summary>
    /// States the expected result independently of the code under test: public routes admit everyone.
    /// </summary>
    private static bool MayCall(Role? role, AccessLevel level) =>
        level == AccessLevel.Public
        || (role is { } one && RoleTable.Rows.Single(row => row.Level == level).Roles.Contains(one));

    /// <summary>
    /// Returns whether the request reached the handler of the route. The request's parameters and body are not valid,
    /// so the handler itself rejects most requests, but never with these words.
    /// </summary>
    private static async Task<bool> IsAdmittedAsync(HttpClient client, RouteEndpoint route)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(MethodOf(route)),
            Parameter().Replace(route.RoutePattern.RawText!, "1")
        );
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        // An event stream does not end on its own.
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
            return true;
        var text = await FrontScene.TextAsync(response);
        return (int)response.StatusCode switch
        {
            401 => !text.Contains("The request has no key.", StringComparison.Ordinal)
                && !text.Contains("in the Authorization header", StringComparison.Ordinal),
            403 => !text.Contains(" requires the role ", StringComparison.Ordinal),
            _ => true,
        };
    }

    private async Task<List<HttpClient>> ClientsAsync()
    {
        var clients = new List<HttpClient>();
        foreach (var (name, role) in Columns)
            clients.Add(
                role is null
                    ? scene.Server.Client("")
                    : scene.Server.Client(
                        (await scene.CreateKeyAsync(new CreateKeyRequest { Name = $"m-{name}", Roles = [name] })).Key
                    )
            );
        return clients;
    }

    private static void AssertInDocument(string heading, IReadOnlyList<string> rows)
    {
        var table = new StringBuilder();
        foreach (var (i, row) in rows.Index())
        {
            table.Append(row).Append('\n');
            if (i == 0)
                table.Append('|').Insert(table.Length, "---|", row.Count(c => c == '|') - 1).Append('\n');
        }
        var section = MarkdownTable.Section(Repository.Read(Document), heading);
        Assert.True(
            section.Contains(table.ToString().Trim(), StringComparison.Ordinal),
            $"The table below '{heading}' in {Document} is out of date. Replace it by:\n\n{table}"
        );
    }

    /// <summary>
    /// Excludes the reference page. A package maps this page, and serves its script on additional routes.
    /// </summary>
    private static bool IsOfTheApi(RouteEndpoint route) =>
        !route.RoutePattern.RawText!.StartsWith("/docs/api", StringComparison.Ordinal);

    private static string NameOf(RouteEndpoint route) => $"{MethodOf(route)} {route.RoutePattern.RawText}";

    private static string MethodOf(RouteEndpoint route) =>
        route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0];

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    /// <summary>A server that also serves the routes of seed systems.</summary>
    public sealed class DemoScene : AccountScene
    {
        private protected override ServerOptions Options(ServerOptions options) =>
            options with
            {
                Demo = DemoSystems.Seed001 | DemoSystems.Seed004,
            };
    }
}
