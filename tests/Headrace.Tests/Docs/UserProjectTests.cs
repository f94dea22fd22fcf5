using System.Diagnostics;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Builds a project outside this repository that refers to the SDK in the same way as a user's project. The build uses
/// the default settings of <c>dotnet build</c>.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class UserProjectTests : IDisposable
{
    private static readonly string[] Sdk = ["Headrace.Worker", "Headrace.Client", "Headrace.Protocol", "Headrace.Core"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_project_that_refers_to_the_SDK_builds_without_warnings_about_platforms()
    {
        var output = await BuildAsync(
            """
            using Headrace.Client;
            using Headrace.Protocol.Local;
            using Headrace.Worker;

            public static class UserCode
            {
                public static async Task<int> OfferAsync(string[] args)
                {
                    var app = HeadraceWorker.Create(args);
                    app.MapMethod("square", (double x, JobContext job) => x * x).FailWhenLost();
                    return await app.RunAsync();
                }

                public static async Task<string> RequestAsync()
                {
                    using var client = new HeadraceClient();
                    var job = await client.SubmitAsync(new JobRequest("square"));
                    return (await client.GetJobAsync(job.Id)).State;
                }

                // This member is supported only on Linux. Its warning shows that the build checks platform
                // compatibility.
                public static string Publish(RunningServer server) => server.Write();
            }
            """
        );

        var warnings = output.Split('\n').Where(line => line.Contains("warning ", StringComparison.Ordinal)).Distinct();
        var warning = Assert.Single(warnings);
        Assert.Contains("CA1416", warning, StringComparison.Ordinal);
        Assert.Contains("RunningServer.Write()", warning, StringComparison.Ordinal);
    }

    private async Task<string> BuildAsync(string code)
    {
        var references = Sdk.Select(name =>
            $"""<Reference Include="{Path.Combine(AppContext.BaseDirectory, $"{name}.dll")}" />"""
        );
        await File.WriteAllTextAsync(
            Path.Combine(_folder.Path, "User.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>{string.Concat(references)}</ItemGroup>
            </Project>
            """,
            TestContext.Current.CancellationToken
        );
        await File.WriteAllTextAsync(
            Path.Combine(_folder.Path, "UserCode.cs"),
            code,
            TestContext.Current.CancellationToken
        );
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments =
        [
            "build",
            "-nologo",
            "-clp:NoSummary",
            "-nodeReuse:false",
            "-p:UseSharedCompilation=false",
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        // The test build must not affect the user's build.
        foreach (var name in start.Environment.Keys.Where(IsForMsBuild).ToList())
            start.Environment.Remove(name);
        using var build = Process.Start(start)!;
        var result = await CliProcess.EndAsync(build, "dotnet build", TimeSpan.FromMinutes(10));
        Assert.True(result.Code == 0, result.Out + result.Error);
        return result.Out;
    }

    private static bool IsForMsBuild(string variable) => variable.StartsWith("MSBUILD", StringComparison.Ordinal);
}
