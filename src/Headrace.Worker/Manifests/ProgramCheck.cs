using Headrace.Worker.Processes;

namespace Headrace.Worker.Manifests;

/// <summary>
/// Checks that the program of a manifest exists. A name without a slash is not checked, because the worker's PATH may
/// differ from that of the user who installs the method; if the program is missing, each job fails with a message that
/// names it.
/// </summary>
internal static class ProgramCheck
{
    private const UnixFileMode AnyExecute =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Returns the errors that concern the program, at the position of <c>argv</c> in the file.</summary>
    public static IEnumerable<ManifestFault> FaultsOf(MethodManifest manifest, ReadOnlyMemory<byte> file)
    {
        var written = manifest.Arguments[0];
        var program = written.Fill(
            static name => name,
            word => word == "method" ? manifest.Folder : throw new InvalidOperationException($"{{{word}}} in a program")
        );
        if (!program.Contains('/', StringComparison.Ordinal))
            yield break;
        var path = Path.GetFullPath(program, manifest.Folder);
        if (!File.Exists(path))
            yield return Fault($"The program {path} does not exist.");
        else if ((UnixMode.Of(path) & AnyExecute) == 0)
            yield return Fault($"The program {path} is not executable. Run: chmod +x {path}");

        ManifestFault Fault(string message)
        {
            var argv = LocatedJson.Read(file).Members.First(member => member.Name == "argv").Value;
            return ManifestFault.At(file.Span, argv.Elements[0].Place, message);
        }
    }
}
