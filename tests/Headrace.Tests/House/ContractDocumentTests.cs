using System.Globalization;
using System.Text.Json;
using Headrace.Commands;
using Headrace.Server.Hosting;
using Headrace.Server.Http;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.House;

/// <summary>
/// docs/contract.md says what is built: no route, error, exit code or refused part is missing from it.
/// </summary>
public sealed class ContractDocumentTests
{
    private static readonly string Contract = Repository.Read("docs/contract.md");

    [Fact]
    public async Task Every_route_stands_in_it()
    {
        await using var scene = await ServerScene.StartAsync(options => options with { Demo = DemoSystem.Seed001 });
        var description = JsonElement.Parse(
            await scene.Client().GetStringAsync("/openapi.json", TestContext.Current.CancellationToken)
        );
        var routes = description.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToList();
        Assert.Contains("/v1/jobs", routes);
        Assert.Empty(
            routes.Where(route =>
                !Contract.Contains($"{route}`", StringComparison.Ordinal)
                && !Contract.Contains($"{route}?", StringComparison.Ordinal)
            )
        );
    }

    [Fact]
    public void Every_problem_stands_in_it_with_its_status() =>
        Assert.Empty(
            ProblemKinds
                .All.Where(kind =>
                    !Contract
                        .Split('\n')
                        .Any(line =>
                            line.Contains($"`{kind.Name}`", StringComparison.Ordinal)
                            && line.Contains(
                                kind.Status.ToString(CultureInfo.InvariantCulture),
                                StringComparison.Ordinal
                            )
                        )
                )
                .Select(kind => kind.Name)
        );

    [Fact]
    public void Every_exit_code_stands_in_it_with_its_words() =>
        Assert.Empty(
            ExitCode.Meanings.Where(meaning =>
                !Contract.Contains($"| {meaning.Code} | {meaning.Text} |", StringComparison.Ordinal)
            )
        );

    [Fact]
    public void Everything_that_is_refused_as_not_built_stands_in_it() =>
        Assert.Empty(
            UnsupportedFields
                .JobMembers.Where(member => !Contract.Contains($"`{member}`", StringComparison.Ordinal))
                .Concat(
                    UnsupportedFields.FilterQualifiers.Where(part =>
                        !Contract.Contains($" {part}", StringComparison.Ordinal)
                        && !Contract.Contains($"`{part}", StringComparison.Ordinal)
                    )
                )
        );
}
