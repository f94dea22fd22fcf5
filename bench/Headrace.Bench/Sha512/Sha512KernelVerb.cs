using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Bench.Sha512;

/// <summary><c>bench/run sha512-kernel</c>: one process of <c>bench/run sha512</c>.</summary>
internal static class Sha512KernelVerb
{
    public const string Name = "sha512-kernel";

    public static Verb Create()
    {
        var verb = new Verb(Name, "Measure the hash kernel of this process.") { Hidden = true };
        verb.Runs(
            (call, _) =>
            {
                call.Terminal.Line(Show.Json(KernelMeasure.Run(), BenchJson.Default.KernelRun));
                return Task.FromResult(ExitCode.Done);
            }
        );
        return verb;
    }
}
