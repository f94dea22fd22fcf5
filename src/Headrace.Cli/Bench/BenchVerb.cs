using System.CommandLine;
using Headrace.Cli.Bench.Chaos;
using Headrace.Cli.Bench.Recovery;
using Headrace.Cli.Bench.Sha512;
using Headrace.Cli.Bench.Speed;

namespace Headrace.Cli.Bench;

/// <summary><c>headrace bench</c>: what is promised, measured against real processes on this machine.</summary>
internal static class BenchVerb
{
    public static Command Create()
    {
        var bench = new Command("bench", "Measure on this machine what is promised.")
        {
            ChaosVerb.Create(),
            RecoveryVerb.Create(),
            ChaosLoadVerb.Create(),
            LoadVerb.Create(),
            Sha512Verb.Create(),
            Sha512KernelVerb.Create(),
        };
        foreach (var verb in SpeedVerbs.Create())
            bench.Add(verb);
        return bench;
    }
}
