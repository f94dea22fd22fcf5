using System.Collections;
using System.Reflection;

namespace Headrace.Worker.Mpi;

/// <summary>Describes how to start this worker's program again as a rank.</summary>
internal static class OwnProgram
{
    /// <summary>
    /// Environment variables that the ranks must not inherit: Headrace's variables, one of which may contain a key, and
    /// the folder for temporary files, because the group has a separate one.
    /// </summary>
    private static readonly string[] Withheld = ["HEADRACE_", "TMPDIR"];

    /// <summary>Returns the program and its arguments.</summary>
    public static IReadOnlyList<string> Command(IReadOnlyList<string> arguments)
    {
        var program =
            Environment.ProcessPath ?? throw new NotSupportedException("The path of this program is not known.");
        // The program was started as `dotnet program.dll`.
        return Path.GetFileName(program) == "dotnet" && Assembly.GetEntryAssembly() is { } assembly
            ? [program, assembly.Location, .. arguments]
            : [program, .. arguments];
    }

    /// <summary>Returns the names of the environment variables that the ranks receive.</summary>
    public static IReadOnlyList<string> PassedVariables() =>
        [
            .. Environment
                .GetEnvironmentVariables()
                .Cast<DictionaryEntry>()
                .Select(variable => (string)variable.Key)
                .Where(name => !Withheld.Any(withheld => name.StartsWith(withheld, StringComparison.Ordinal))),
        ];
}
