using System.CommandLine;

namespace Headrace.Commands;

/// <summary>Options that every verb has.</summary>
public static class GlobalOptions
{
    public static readonly Option<string?> Server = new("--server")
    {
        Description = "The server: http://host:port or unix:/path.sock (HEADRACE_SERVER; else the one running here).",
        HelpName = "URL",
        Recursive = true,
    };

    public static readonly Option<bool> Json = new("--json")
    {
        Description = "JSON on standard output, one document a line.",
        Recursive = true,
    };

    public static readonly Option<bool> Quiet = new("--quiet", "-q")
    {
        Description = "Data only: no words on standard error but errors.",
        Recursive = true,
    };
}
