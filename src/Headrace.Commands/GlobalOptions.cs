using System.CommandLine;

namespace Headrace.Commands;

/// <summary>The options common to all commands.</summary>
public static class GlobalOptions
{
    public static readonly Option<string?> Server = new("--server")
    {
        Description =
            "The server: http://host:port or unix:/path.sock. [default: HEADRACE_SERVER, or the local server]",
        HelpName = "URL",
        Recursive = true,
    };

    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Write JSON to standard output, one document per line.",
        Recursive = true,
    };

    public static readonly Option<bool> Quiet = new("--quiet", "-q")
    {
        Description = "Write only data and errors, no other messages.",
        Recursive = true,
    };
}
