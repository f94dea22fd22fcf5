using Headrace.Server.Pools;

namespace Headrace.Tests.Server.Pools.Describing;

/// <summary>Creates worker programs that are shell scripts.</summary>
internal static class Script
{
    /// <summary>
    /// Writes a shell script with this text as the program. It replaces an earlier program atomically.
    /// </summary>
    public static PoolCommand Write(ThrowAwayFolder folder, string text, string name = "worker")
    {
        var draft = folder[name + ".new"];
        File.WriteAllText(draft, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(draft, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Move(draft, folder[name], overwrite: true);
        return new PoolCommand { Program = folder[name] };
    }

    /// <summary>
    /// Returns the text of a program that prints these methods when it is asked to describe itself, and sleeps
    /// otherwise.
    /// </summary>
    public static string Describes(string methods) =>
        $$"""
            if [ "$1" = --describe ]; then echo '{"methods":[{{methods}}]}'; exit 0; fi
            exec sleep 600
            """;
}
