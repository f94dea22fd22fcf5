using System.CommandLine;
using Headrace.Cli.Bench.Chaos;
using Headrace.Cli.Bench.Recovery;
using Headrace.Cli.Bench.Sha512;

namespace Headrace.Cli.Bench;

/// <summary><c>headrace bench</c>: what is promised, measured against real processes on this machine.</summary>
internal static class BenchVerb
{
    public static Command Create() => new("bench", "Measure on this machine what is promised.") { ChaosVerb.Create(), RecoveryVerb.Create(), ChaosLoadVerb.Create(), Sha512Verb.Create(), Sha512KernelVerb.Create() };
}
