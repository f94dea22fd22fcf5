using Headrace.Worker.Processes;

namespace Headrace.Worker.Manifests;

/// <summary>
/// Checks that the program of a manifest exists. If it is missing when the method is installed, this is an error in the
/// manifest; if it disappears later, the method is unavailable. A name without a slash is not checked, because the
/// worker's PATH may differ from that of the user who installs the method; if the program is missing, each job fails
/// with a message that names it.
/// </summary>
internal static class ProgramCheck
{
    private const UnixFileMode AnyExecute =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Returns the errors that concern the program, at the position of <c>argv</c> in the file.</summary>
    public static IEnumerable<ManifestFault> FaultsOf(MethodManifest manifest, ReadOnlyMemory<byte> file)
    {
        if (Missing(manifest) is not { } message)
            yield break;
        var argv = LocatedJson.Read(file).Members.First(member => member.Name == "argv").Value;
        yield return ManifestFault.At(file.Span, argv.Elements[0].Place, message);
    }

    /// <summary>
    /// Returns the reason why the program cannot be started, with the remedy; null if it exists and is executable.
    /// </summary>
    public static string? Missing(MethodManifest manifest)
    {
        var written = manifest.Arguments[0];
        var program = written.Fill(
            static name => name,
            word => word == "method" ? manifest.Folder : throw new InvalidOperationException($"{{{word}}} in a program")
        );
        if (!program.Contains('/', StringComparison.Ordinal))
            return null;
        var path = Path.GetFullPath(program, manifest.Folder);
        return !File.Exists(path) ? $"The program {path} does not exist."
            : (UnixMode.Of(path) & AnyExecute) == 0 ? $"The program {path} is not executable. Run: chmod +x {path}"
            : null;
    }
}
