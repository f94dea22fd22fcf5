using Headrace.Server.Pools;
using Headrace.Server.Pools.Describing;
using Xunit;

namespace Headrace.Tests.Server.Pools.Describing;

public sealed class ProgramFilesTests : IDisposable
{
    private readonly ThrowAwayFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_replaced_program_or_script_changes_the_fingerprint()
    {
        Script.Write(_folder, "true", "python");
        Script.Write(_folder, "true", "worker.py");
        var files = new ProgramFiles(
            new PoolCommand
            {
                Program = _folder["python"],
                Args = ["-u", "worker.py"],
                Cwd = _folder.Path,
            },
            methods: null
        );

        var first = files.Fingerprint();
        Assert.Equal(first, files.Fingerprint());
        Script.Write(_folder, "false", "worker.py");
        var second = files.Fingerprint();
        Script.Write(_folder, "true", "python");
        var third = files.Fingerprint();
        File.Delete(_folder["python"]);

        Assert.Equal(4, new[] { first, second, third, files.Fingerprint() }.Distinct().Count());
    }

    [Fact]
    public void An_installed_or_removed_method_changes_the_fingerprint()
    {
        var methods = _folder["methods"];
        var files = new ProgramFiles(new PoolCommand { Program = "/bin/true" }, methods);
        var none = files.Fingerprint();
        Assert.False(files.AnyInstalled);

        Directory.CreateDirectory(methods);
        File.WriteAllText(Path.Combine(methods, "wc.method.json"), "{}");
        var one = files.Fingerprint();
        Assert.True(files.AnyInstalled);
        File.Delete(Path.Combine(methods, "wc.method.json"));

        Assert.NotEqual(none, one);
        Assert.Equal(none, files.Fingerprint());
    }

    [Fact]
    public void A_program_in_PATH_is_found()
    {
        var files = new ProgramFiles(new PoolCommand { Program = "sleep" }, methods: null);

        Assert.Contains("/sleep|", files.Fingerprint(), StringComparison.Ordinal);
    }
}
