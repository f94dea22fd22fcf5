using System.CommandLine;

namespace Headrace.Cli.Verbs;

internal static class WorkerVerb
{
    public static Command Create() => new Verb("worker", "x") { Hidden = true };
}
