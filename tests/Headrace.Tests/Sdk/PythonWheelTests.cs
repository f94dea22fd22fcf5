using System.Text.RegularExpressions;
using Headrace.Tests.Architecture;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Sdk;

/// <summary>
/// Builds the wheel, installs it into a clean virtual environment without a network, and uses it there.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class PythonWheelTests
{
    [Fact]
    public async Task The_wheel_works_in_a_clean_environment()
    {
        using var folder = new TemporaryFolder();
        await using var shell = new CheckoutShell();
        await shell.StartAsync("./headrace up --port 0", ["Headrace is listening on …", "Workers   … local, joined"]);

        var output = await shell.RunAsync(
            $"""
            wheel=$(sdk/python/build-wheel {folder.Path})
            /usr/bin/python3 -m venv {folder.Path}/venv
            {folder.Path}/venv/bin/pip install --quiet --no-index --disable-pip-version-check "$wheel"
            cd {folder.Path}
            venv/bin/python -c '
            import headrace, sys
            assert headrace.__file__.startswith("{folder.Path}/venv"), headrace.__file__
            with headrace.Client() as client:
                print(client.run("sha512", dict(iterations=1), body=b"x")[:16])
            '
            """
        );

        Assert.Equal("a4abd4448c49562d\n", output);
    }

    [Fact]
    public void The_version_is_that_of_the_product()
    {
        var product = Regex.Match(Repository.Read("Directory.Build.props"), "<Version>(.*)</Version>").Groups[1].Value;

        Assert.Contains(
            $"\nversion = \"{product}\"\n",
            Repository.Read("sdk/python/pyproject.toml"),
            StringComparison.Ordinal
        );
    }
}
