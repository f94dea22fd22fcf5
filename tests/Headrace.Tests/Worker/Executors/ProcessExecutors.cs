using Headrace.Tests.Worker.Manifests;
using Headrace.Worker;
using Headrace.Worker.Installed;
using Headrace.Worker.Processes;
using Headrace.Worker.Warm;

namespace Headrace.Tests.Worker.Executors;

/// <summary>Maps the work as a program that is started for each job.</summary>
public sealed class CommandProgram : ProcessUnderTest
{
    protected override string Members => """ "params": {"properties": {"i": {"default": 0} } } """;

    protected override string Arguments => """, "{params.i}" """;
}

/// <summary>Maps the work as a warm process that runs one job after another.</summary>
public sealed class WarmProgram : ProcessUnderTest
{
    protected override string Members => """ "params": {}, "warm": {} """;
}

/// <summary>Maps the work as a warm process that runs batches.</summary>
public sealed class WarmBatchProgram : ProcessUnderTest
{
    protected override string Members => $$""" "params": {}, "warm": {"batch": {{Concurrency}} } """;
}

/// <summary>
/// Maps the work as a method of a program. The work runs in the test; the program asks the test what to do
/// (<see cref="ProcessBridge"/>).
/// </summary>
public abstract class ProcessUnderTest : KillingExecutorUnderTest
{
    private static readonly Executions Executions = new(TimeProvider.System);

    /// <summary>
    /// Processes are killed in real time, whereas a scene's clock runs as fast as the test advances it.
    /// </summary>
    public override TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(50);

    public override object Death { get; } = new();

    protected abstract string Members { get; }

    protected virtual string Arguments => "";

    public override MethodBuilder Map(HeadraceWorker app, string name, Work work)
    {
        var bridge = ProcessBridge.Listen(work, Death);
        return InstalledMapping.Map(
            app,
            Manifest.Valid(
                $$"""
                { "name": "{{name}}", "argv": ["{{ProcessBridge.Program}}", "{{bridge}}"{{Arguments}}], {{Members}} }
                """,
                $"/methods/{name}.method.json"
            ),
            Executions,
            new WarmHealth(TimeProvider.System)
        );
    }
}
