using System.Globalization;
using System.Text.Json;
using Headrace.Commands;
using Headrace.Server.Hosting;
using Headrace.Server.Http;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Tests that docs/contract.md is complete: no route, error, exit code or rejected feature is missing from it.
/// </summary>
public sealed class ContractDocumentTests
{
    private static readonly string Contract = Repository.Read("docs/contract.md");

    [Fact]
    public async Task Every_route_is_listed()
    {
        await using var scene = await ServerScene.StartAsync(options =>
            options with
            {
                Demo = DemoSystems.Seed001 | DemoSystems.Seed004,
            }
        );
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
    public void Every_problem_is_listed_with_its_status() =>
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
    public void Every_exit_code_is_listed_with_its_meaning() =>
        Assert.Empty(
            ExitCode.Meanings.Where(meaning =>
                !Contract.Contains($"| {meaning.Code} | {meaning.Text} |", StringComparison.Ordinal)
            )
        );

    [Fact]
    public void Everything_that_is_rejected_as_not_built_is_listed() =>
        Assert.Empty(
            UnsupportedFields.JobMembers.Where(member => !Contract.Contains($"`{member}`", StringComparison.Ordinal))
        );
}
