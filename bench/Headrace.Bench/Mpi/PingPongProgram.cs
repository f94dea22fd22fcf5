namespace Headrace.Bench.Mpi;

/// <summary>A program that runs on two ranks.</summary>
/// <param name="Language">The language, as the table shows it.</param>
/// <param name="Library"><c>openmpi</c> or <c>mpich</c>.</param>
/// <param name="Command">The program and its arguments.</param>
internal sealed record PingPongProgram(string Language, string Library, IReadOnlyList<string> Command)
{
    public string Title => Library == "openmpi" ? "Open MPI" : "MPICH";

    public IEnumerable<string> LauncherArguments =>
        [.. Library == "openmpi" ? (string[])["--allow-run-as-root", "--bind-to", "none"] : [], "-n", "2", .. Command];
}
