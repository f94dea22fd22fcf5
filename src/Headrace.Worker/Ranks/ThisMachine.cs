namespace Headrace.Worker.Ranks;

/// <summary>The machine on which this worker runs.</summary>
internal sealed class ThisMachine(int slots) : IRankMachine
{
    public int Slots => slots;

    public int Cores => Environment.ProcessorCount;

    public bool IsInAllocation => Environment.GetEnvironmentVariable("SLURM_JOB_ID") is { Length: > 0 };

    public string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    public (MpiLibrary Library, string File)? LinkOf(string program) => LinkedLibrary.Of(program);
}
