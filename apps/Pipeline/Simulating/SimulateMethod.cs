using Headrace.Commands;
using Headrace.Core;
using Headrace.Worker;
using Headrace.Worker.Installed;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;
using Headrace.Worker.Ranks;
using Headrace.Worker.Warm;

namespace Headrace.Apps.Pipeline.Simulating;

/// <summary>
/// The method <c>pipeline.simulate</c>: runs <c>headrace pipeline simulate</c> as a process for each job, on two ranks
/// of MPI if this machine has it.
/// </summary>
internal static class SimulateMethod
{
    /// <summary>
    /// The ranks of a simulation. Two show that MPI is in use; the work of this demonstration needs no more.
    /// </summary>
    private const int Ranks = 2;

    /// <summary>
    /// A simulation occupies one slot, whatever its number of ranks, so that the number of slots of a pool is the
    /// number of its simulations.
    /// </summary>
    private const int Slots = 1;

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private const string Schema = """
        {
          "type": "object",
          "properties": {
            "param": {
              "type": "integer", "minimum": -9007199254740991, "maximum": 9007199254740991,
              "description": "The parameter to simulate."
            },
            "scale": {
              "type": "number", "minimum": 0, "maximum": 1000, "default": 1,
              "description": "Multiplies the duration: 1 s for an even parameter, 2 s for an odd one."
            },
            "seed": {
              "type": "integer", "minimum": 0, "maximum": 9007199254740991, "default": 0,
              "description": "Makes the value a function of the parameter. With 0, each attempt draws another one."
            }
          },
          "required": ["param"],
          "additionalProperties": false
        }
        """;

    private const string ResultSchema = """
        {
          "type": "object",
          "properties": {
            "param": { "type": "integer" },
            "value": { "type": "integer", "minimum": 0, "maximum": 32767 },
            "ranks": { "type": "integer", "minimum": 1 },
            "mpi": { "type": ["string", "null"], "description": "The MPI library; null without MPI." }
          },
          "required": ["param", "value", "ranks", "mpi"],
          "additionalProperties": false
        }
        """;

    /// <summary>Registers the method.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="program">The command line that starts this program without a command.</param>
    /// <param name="executions">The executions of the worker.</param>
    public static MethodBuilder Map(HeadraceWorker worker, IReadOnlyList<string> program, Executions executions)
    {
        var mpi = new MpiOptions { MinRanks = Ranks, MaxRanks = Ranks };
        var manifest = Manifest(program);
        if (RankPlanner.Plan(mpi, program[0], new ThisMachine(worker.Slots)).Plan is not null)
            manifest = manifest with { Mpi = mpi };
        var health = new WarmHealth(TimeProvider.System);
        return InstalledMapping.Map(worker, manifest, executions, health).Slots(Slots);
    }

    private static MethodManifest Manifest(IReadOnlyList<string> program) =>
        new()
        {
            Name = new MethodRef(new MethodName(PipelineApp.Simulate), 1),
            Folder = AppContext.BaseDirectory,
            Arguments =
            [
                .. program.Select(part => Argument(part.Replace("{", "{{", Ordinal).Replace("}", "}}", Ordinal))),
                Argument("pipeline"),
                Argument("simulate"),
                Argument("--param={params.param}"),
                Argument("--scale={params.scale}"),
                Argument("--seed={params.seed}"),
            ],
            Input = Passage.None,
            ResultType = "application/json",
            ParamsSchema = Schema,
            Defaults = new Dictionary<string, string> { ["scale"] = "1", ["seed"] = "0" },
            ResultSchema = ResultSchema,
            ExitCodes = new ExitCodes(
                new Dictionary<int, ExitMeaning>
                {
                    [ExitCode.Done] = ExitMeaning.Succeed,
                    [ExitCode.Usage] = ExitMeaning.Reject,
                },
                ExitMeaning.Retry
            ),
            // Where the runtime is installed, if not in the usual place.
            PassedVariables = ["DOTNET_ROOT"],
        };

    private static ArgumentTemplate Argument(string text) =>
        ArgumentTemplate.TryRead(text, out var fault, out _) ?? throw new InvalidOperationException(fault);
}
