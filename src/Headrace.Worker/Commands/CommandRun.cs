using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;
using Headrace.Worker.Ranks;

namespace Headrace.Worker.Commands;

/// <summary>
/// Runs a program for one job and returns when all of its processes have ended. Blocks its thread, because one thread
/// that waits for the kernel costs less than two threads that wake each other.
/// </summary>
/// <param name="manifest">The method.</param>
/// <param name="ranks">Specifies how the ranks of the program are started; null if it is an ordinary program.</param>
/// <param name="job">The job.</param>
/// <param name="executions">The executions of this worker.</param>
/// <param name="slot">The resources that the jobs of the slot use one after another.</param>
/// <param name="workerEnds">Cancelled when the program must end at once.</param>
internal sealed unsafe class CommandRun(
    MethodManifest manifest,
    RankPlan? ranks,
    JobExecution job,
    Executions executions,
    CommandSlot slot,
    CancellationToken workerEnds
)
{
    /// <summary>
    /// The interval in milliseconds at which the exit is checked if the kernel has no descriptors for processes (before
    /// Linux 5.3).
    /// </summary>
    public const int ExitCheckPeriod = 20;

    /// <summary>
    /// How long the remaining output is read after every known process has ended. The output arrives immediately,
    /// unless a process that could not be found holds the pipe open.
    /// </summary>
    private static readonly TimeSpan RestLimit = TimeSpan.FromMilliseconds(200);

    // The number of poll entries that precede those of the outputs, and the number of entries that fit on the stack.
    private const int FirstOutput = 3;
    private const int MaxOnStack = 8;

    private readonly Descriptor _wake = slot.Wake;
    private readonly StopPlan _plan = new(manifest.StopGrace, manifest.TimeLimit);
    private readonly long _start = TimeProvider.System.GetTimestamp();

    // Set by callbacks on other threads, which then set the event that this thread polls.
    private bool _stopRequested;
    private bool _killRequested;

    private TimeSpan Now => TimeProvider.System.GetElapsedTime(_start);

    /// <summary>
    /// Runs the program. Throws <see cref="JobRejectedException"/> if the job is invalid, or another exception if the
    /// program could not be started.
    /// </summary>
    public JobOutcome Run()
    {
        _wake.Clear();
        using var stop = job.CancellationToken.Register(() => Wake(ref _stopRequested));
        using var kill = job.KillToken.Register(() => Wake(ref _killRequested));
        using var end = workerEnds.Register(() => Wake(ref _killRequested));
        var mark = executions.Begin();
        var session = 0;
        // After an unexpected exception, the state of the program's processes is unknown, so the list of all processes
        // is searched.
        var search = true;
        ScratchFolder? folder = null;
        RankLaunch? launch = null;
        try
        {
            folder = executions.CreateFolder(mark);
            launch = ranks is null ? null : RankLaunch.Prepare(ranks, mark, folder);
            using var pipes = launch is null
                ? CommandPipes.Open(manifest, job, slot.Buffer)
                : CommandPipes.Open(manifest, job, slot.Buffer, launch);
            using var child = Start(mark, folder, pipes, launch);
            session = child.Id;
            return Watch(child, mark, folder, pipes, launch, out search);
        }
        finally
        {
            executions.End(mark, session, search);
            launch?.Dispose();
            folder?.Dispose();
        }
    }

    private void Wake(ref bool flag)
    {
        Volatile.Write(ref flag, true);
        _wake.Set();
    }

    private ChildProcess Start(ExecutionMark mark, ScratchFolder folder, CommandPipes pipes, RankLaunch? launch)
    {
        if (manifest.Input.Kind == PassageKind.File)
            File.WriteAllBytes(folder.FileOf(manifest.Input.File), job.Body.Span);
        var start = new ProcessStart
        {
            Program = CommandLine.Program(manifest, Word),
            Arguments = CommandLine.Arguments(manifest, job.Params, Word),
            Environment = CommandLine.Environment(
                manifest,
                Environment.GetEnvironmentVariable,
                folder.Path,
                PythonPackage.Folder,
                CommandLine.JobVariables(job, mark)
            ),
            WorkingFolder = manifest.WorkingFolder ?? folder.Path,
            Descriptors = pipes.ChildEnds,
            DataLimit = ResourceSampler.DataLimit(manifest),
        };
        var child = ChildProcess.Start(launch is null ? start : launch.Wrap(start));
        pipes.CloseChildEnds();
        return child;

        string Word(string placeholder) =>
            placeholder switch
            {
                "input" => folder.FileOf(manifest.Input.File),
                "output" => folder.FileOf(manifest.Output.File),
                "dir" => folder.Path,
                _ => manifest.Folder,
            };
    }

    /// <summary>Returns the outcome once the program and all processes that it started have ended.</summary>
    private JobOutcome Watch(
        ChildProcess child,
        ExecutionMark mark,
        ScratchFolder folder,
        CommandPipes pipes,
        RankLaunch? launch,
        out bool search
    )
    {
        var sampler = new ResourceSampler(manifest, child.Id, folder);
        ExitStatus? status;
        search = false;
        string? unfinished = null;
        while (!child.TryReap(out status))
        {
            if (launch?.NoteOverdue(Now) is { } overdue)
                job.Log(overdue);
            if (_plan.Cause == StopCause.None)
                unfinished = launch?.DescribeUnfinished();
            Decide(child, mark, sampler, pipes);
            Poll(child, pipes, Timeout(child, sampler));
        }
        // Handles processes that the program started but did not wait for. Most programs leave no processes behind,
        // which two system calls can confirm. Only the other programs require a search through all processes.
        if (child.GroupIsAlive)
        {
            child.SignalGroup(Libc.SigKill);
            search = true;
        }
        // Launchers put each rank into a separate process group.
        if (launch is not null)
            ProcessTree.Kill(child.Id, mark);
        ReadRest(child, mark, pipes);
        pipes.EndLog();
        status = launch?.StatusOf(status) ?? status;
        var end = new CommandEnd
        {
            Status = status,
            Stopped = pipes.IsResultTooLarge ? StopCause.ResultTooLarge : _plan.Cause,
            Unfinished = unfinished ?? "",
            Details =
                launch?.EndOf(pipes.LastErrorLines).ToString()
                ?? (pipes.LastErrorLines[0] is { Length: > 0 } line ? $": {line}" : "."),
            Result = () => ResultOf(folder, pipes),
            PeakBytes = Math.Max(sampler.PeakBytes, status.OwnPeakBytes),
            FolderBytes = sampler.FolderBytes,
        };
        return CommandOutcome.Of(manifest, end) with
        {
            CpuTime = status.ProcessorTime,
            PeakMemoryBytes = end.PeakBytes > 0 ? end.PeakBytes : null,
        };
    }

    private void Decide(ChildProcess child, ExecutionMark mark, ResourceSampler sampler, CommandPipes pipes)
    {
        var now = Now;
        if (Volatile.Read(ref _stopRequested))
            _plan.Request(StopCause.Requested, now);
        if (Volatile.Read(ref _killRequested))
            _plan.RequestKill(StopCause.Requested);
        if (pipes.IsResultTooLarge)
            _plan.RequestKill(StopCause.ResultTooLarge);
        if (sampler.Sample(now) is var exceeded and not StopCause.None)
            _plan.RequestKill(exceeded);
        switch (_plan.Decide(now))
        {
            case StopAction.Signal:
                child.SignalGroup(manifest.StopSignal);
                break;
            case StopAction.Kill:
                ProcessTree.Kill(child.Id, mark);
                break;
        }
    }

    /// <summary>Returns the time in milliseconds until the next decision may be required.</summary>
    private int Timeout(ChildProcess child, ResourceSampler sampler)
    {
        var at = sampler.NextAt;
        if (_plan.NextAt is { } next && next < at)
            at = next;
        var milliseconds = (int)Math.Clamp(Math.Ceiling((at - Now).TotalMilliseconds), 0, 1_000);
        return child.Exit.IsOpen ? milliseconds : Math.Min(milliseconds, ExitCheckPeriod);
    }

    /// <summary>Waits for an event, then reads and writes as much as possible without waiting.</summary>
    private void Poll(ChildProcess? child, CommandPipes pipes, int timeout)
    {
        var count = FirstOutput + pipes.Outputs.Count;
        Span<Libc.PollEntry> entries =
            count <= MaxOnStack ? stackalloc Libc.PollEntry[MaxOnStack] : new Libc.PollEntry[count];
        entries[0] = Entry(pipes.Input, Libc.PollOut);
        entries[1] = Entry(_wake, Libc.PollIn);
        entries[2] = Entry(child?.Exit, Libc.PollIn);
        for (var i = 0; i < pipes.Outputs.Count; i++)
            entries[FirstOutput + i] = Entry(pipes.Outputs[i].Pipe, Libc.PollIn);
        fixed (Libc.PollEntry* start = entries)
            if (Libc.Poll(start, (nuint)count, timeout) <= 0)
                return;
        if (entries[0].Returned != 0)
            pipes.WriteInput();
        if (entries[1].Returned != 0)
            _wake.Clear();
        for (var i = 0; i < pipes.Outputs.Count; i++)
            if (entries[FirstOutput + i].Returned != 0)
                pipes.Read(pipes.Outputs[i]);
    }

    /// <summary>
    /// Reads the remaining output of the ended processes. If the pipes stay open, a process that has left the group is
    /// holding them, and that process is killed.
    /// </summary>
    private void ReadRest(ChildProcess child, ExecutionMark mark, CommandPipes pipes)
    {
        var limit = Now + RestLimit;
        var killed = false;
        while (pipes.Outputs.Any(output => output.Pipe is not null))
        {
            if (!pipes.Outputs.Any(output => output.HasData))
            {
                if (!killed)
                    ProcessTree.Kill(child.Id, mark);
                else if (Now >= limit)
                    return;
                killed = true;
            }
            Poll(null, pipes, ExitCheckPeriod);
            if (pipes.IsResultTooLarge && killed)
                return;
        }
    }

    // A negative descriptor is not polled.
    private static Libc.PollEntry Entry(Descriptor? descriptor, short events) =>
        new() { File = descriptor?.Number ?? -1, Events = events };

    private ReadOnlyMemory<byte> ResultOf(ScratchFolder folder, CommandPipes pipes) =>
        manifest.Output.Kind == PassageKind.Stream
            ? pipes.Result
            : folder.ReadFile(manifest.Output.File, manifest.MaxResult + 1);
}
