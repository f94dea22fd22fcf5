using System.Diagnostics;
using System.Globalization;
using Headrace.Protocol.Local;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Protocol.Local;

public sealed class ProcFsTests
{
    private const string Variable = "PROC_FS_TESTS";

    [Fact]
    public void A_started_program_leads_its_session_and_its_environment_and_memory_are_readable()
    {
        var start = OwnSession.Of(["/bin/cat"]);
        start.Environment[Variable] = "a=b";
        start.Environment[Variable + "_2"] = "";
        using var process = Process.Start(start)!;
        // The process echoes a line only after the program itself has replaced the session launcher.
        process.StandardInput.WriteLine("ready");
        Assert.Equal("ready", process.StandardOutput.ReadLine());

        var environment = ProcFs.Environment(process.Id);

        Assert.Equal(("a=b", "", null), (environment[Variable], environment[Variable + "_2"], environment["PROC_FS"]));
        Assert.Contains(process.Id, ProcFs.Processes());
        Assert.Equal(process.Id, OsProcess.Session(process.Id));
        Assert.Equal(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), ProcFs.Stat(process.Id)[1]);
        Assert.InRange(ProcFs.Bytes(process.Id, "status", "VmRSS") ?? 0, 64 << 10, 1L << 30);
        Assert.Null(ProcFs.Bytes(process.Id, "status", "Vm"));
        process.StandardInput.Close();
        process.WaitForExit();
    }

    [Fact]
    public void An_exited_process_has_no_readable_state()
    {
        using var process = Process.Start("/bin/true");
        process.WaitForExit();

        Assert.Null(ProcFs.Environment(process.Id)["PATH"]);
        Assert.Empty(ProcFs.Stat(process.Id));
        Assert.Null(ProcFs.Bytes(process.Id, "status", "VmRSS"));
    }
}
