using Headrace.Core;
using Headrace.Tests.Cli;
using Headrace.Worker.Manifests;
using Xunit;

namespace Headrace.Tests.Worker.Manifests;

public sealed class MethodsFolderTests : IDisposable
{
    private const string Simple = """{"name":"m","argv":["true"]}""";

    private readonly TemporaryFolder _home = new();

    private MethodsFolder Folder => new(Path.Combine(_home.Path, "methods"), Manifest.FaultOf);

    public void Dispose() => _home.Dispose();

    [Fact]
    public void A_manifest_is_installed_replaced_listed_and_removed()
    {
        var source = _home.Write("m.method.json", Simple);

        Assert.Empty(Folder.List());
        Folder.Install(source);
        var stamp = Folder.Stamp();
        _home.Write("m.method.json", """{"name":"m","version":2,"argv":["true"]}""");
        Folder.Install(source);

        Assert.NotEqual(stamp, Folder.Stamp());
        Assert.Equal("m@2", Assert.Single(Folder.List()).Manifest!.Name.ToString());
        Assert.Empty(Folder.Remove(Method("m@1")));
        Assert.Single(Folder.Remove(Method("m")));
        Assert.Empty(Folder.List());
    }

    [Fact]
    public void A_folder_is_installed_with_its_files_and_removed_with_them()
    {
        var source = Directory.CreateDirectory(Path.Combine(_home.Path, "source")).FullName;
        var program = _home.Write("source/run", "#!/bin/sh\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _home.Write("source/m.method.json", """{"name":"m","argv":["./run"]}""");

        Folder.Install(source);
        Folder.Install(source);

        var installed = Assert.Single(Folder.List());
        Assert.Equal(Path.Combine(Folder.Path, "source", "m.method.json"), installed.File);
        Assert.True(File.Exists(Path.Combine(Folder.Path, "source", "run")));
        Folder.Remove(Method("m"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder.Path));
    }

    [Fact]
    public void An_installed_method_whose_program_disappears_keeps_its_name()
    {
        var source = Directory.CreateDirectory(Path.Combine(_home.Path, "source")).FullName;
        var program = _home.Write("source/run", "#!/bin/sh\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _home.Write("source/m.method.json", """{"name":"m","argv":["./run"]}""");
        Folder.Install(source);
        var installed = Path.Combine(Folder.Path, "source", "run");

        File.Delete(installed);

        var manifest = Assert.Single(Folder.List()).Manifest!;
        Assert.Equal("m@1", manifest.Name.ToString());
        Assert.Equal($"The program {installed} does not exist.", ProgramCheck.Missing(manifest));
        Assert.NotEmpty(Folder.Read(Path.Combine(Folder.Path, "source", "m.method.json")).Faults);
    }

    [Fact]
    public void A_named_pipe_among_the_files_is_refused_and_nobody_waits_for_its_writer()
    {
        var source = Directory.CreateDirectory(Path.Combine(_home.Path, "source")).FullName;
        _home.Write("source/m.method.json", Simple);
        MakePipe(Path.Combine(source, "pipe"));
        Directory.CreateDirectory(Folder.Path);
        MakePipe(Path.Combine(Folder.Path, "n.method.json"));

        var refused = Assert.Throws<HeadraceException>(() => Folder.Install(source));

        Assert.Equal($"{source}/pipe is a named pipe, not a regular file.", refused.Message);
        Assert.Equal(
            "1:1: It is a named pipe, not a regular file.",
            Assert.Single(Assert.Single(Folder.List()).Faults).ToString()
        );
    }

    [Theory]
    [InlineData("""{"name":"m","argv":["./run"]}""", "1:21: The program {0}/run does not exist.")]
    [InlineData("""{"name":"m","argv":["./plain"]}""", "1:21: The program {0}/plain is not executable. Run: chmod +x")]
    [InlineData("""{"name":"m","argv":["{method}/run"]}""", "1:21: The program {0}/run does not exist.")]
    public void A_program_that_is_missing_or_not_executable_is_a_fault(string manifest, string fault)
    {
        _home.Write("plain", "");
        var method = Folder.Read(_home.Write("m.method.json", manifest));

        Assert.StartsWith(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, fault, _home.Path),
            Assert.Single(method.Faults).ToString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_manifest_that_refers_to_files_beside_it_is_installed_only_with_its_folder()
    {
        var source = _home.Write("m.method.json", """{"name":"m","argv":["sh","{method}/script"]}""");

        var refused = Assert.Throws<HeadraceException>(() => Folder.Install(source));

        Assert.EndsWith($"headrace methods install {_home.Path}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_other_users_may_write_to_is_not_used()
    {
        Folder.Install(_home.Write("m.method.json", Simple));
        File.SetUnixFileMode(Folder.Path, File.GetUnixFileMode(Folder.Path) | UnixFileMode.OtherWrite);

        Assert.Empty(Folder.List());
        Assert.Contains(
            "chmod go-w",
            Assert.Throws<HeadraceException>(() => Folder.Install(Path.Combine(_home.Path, "m.method.json"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Two_manifests_of_one_version_are_a_fault_of_the_second()
    {
        Folder.Install(_home.Write("m.method.json", Simple));
        Folder.Install(_home.Write("m@1.method.json", Simple));

        var methods = Folder.List();

        Assert.NotNull(methods[0].Manifest);
        Assert.Equal(
            $"1:1: m@1 is already described by {methods[0].File}.",
            Assert.Single(methods[1].Faults).ToString()
        );
    }

    private static MethodRef Method(string name)
    {
        Assert.True(MethodRef.TryParse(name, out var method));
        return method;
    }

    private static void MakePipe(string path)
    {
        using var command = System.Diagnostics.Process.Start("mkfifo", [path]);
        command.WaitForExit();
        Assert.Equal(0, command.ExitCode);
    }
}
