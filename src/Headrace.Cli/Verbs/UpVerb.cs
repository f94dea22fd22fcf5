using System.CommandLine;

namespace Headrace.Cli.Verbs;

internal static class UpVerb
{
    public static Command Create() => new Verb("up", "x");
}
