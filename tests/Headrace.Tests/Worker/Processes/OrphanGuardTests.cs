using Headrace.Protocol.Local;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using Headrace.Worker.Processes;
using Xunit;

namespace Headrace.Tests.Worker.Processes;

public sealed class OrphanGuardTests
{
    [Fact]
    public async Task When_the_worker_ends_its_guard_kills_its_programs_and_no_others()
    {
        using var folder = new TemporaryFolder();
        var scratch = Directory.CreateDirectory(Path.Combine(folder.Path, "scratch")).FullName;
        // These execution marks name workers that do not exist in this process, so that no other guard and no sweep
        // kills the programs.
        var own = new ExecutionMark(
            Environment.ProcessId,
            ProcFs.StartOf(Environment.ProcessId)!.Value,
            Instance: 1_000_001,
            Number: 1
        );
        var other = own with { Instance = 1_000_002 };
        using var mine = Sleep(own, folder.Path);
        using var foreign = Sleep(other, folder.Path);
        var guard = OrphanGuard.Start(own.OwnerText, scratch, ScratchRoot.SharedMemoryPrefix(own.OwnerText))!;

        // When the worker exits, its end of the pipe is closed.
        guard.Dispose();

        await Eventually.HoldsAsync("the end of the program", () => mine.TryReap(out _), Eventually.WithProcesses);
        await Eventually.HoldsAsync("the end of the folder", () => !Directory.Exists(scratch));
        Assert.True(foreign.GroupIsAlive);
        foreign.SignalGroup(Libc.SigKill);
        await Eventually.HoldsAsync("the end of the other program", () => foreign.TryReap(out _));
    }

    private static ChildProcess Sleep(ExecutionMark mark, string folder)
    {
        using var nothing = Descriptor.OpenWrite("/dev/null");
        return ChildProcess.Start(
            new ProcessStart
            {
                Program = "sleep",
                Arguments = ["1000"],
                Environment = [$"{ExecutionMark.Variable}={mark}"],
                WorkingFolder = folder,
                Descriptors = [nothing, nothing, nothing],
            }
        );
    }
}
