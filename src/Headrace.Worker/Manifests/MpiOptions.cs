using System.Globalization;

namespace Headrace.Worker.Manifests;

/// <summary>Specifies that a program runs as several MPI ranks (docs/mpi.md).</summary>
internal sealed record MpiOptions
{
    /// <summary>Gets the smallest number of ranks with which the program can run.</summary>
    public required int MinRanks { get; init; }

    /// <summary>Gets the largest number of ranks; the same as <see cref="MinRanks"/> if the number is fixed.</summary>
    public required int MaxRanks { get; init; }

    /// <summary>Gets the number of ranks as a manifest states it: a number, or a range such as 2..16.</summary>
    public string RanksText =>
        MinRanks == MaxRanks
            ? MinRanks.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{MinRanks}..{MaxRanks}");

    /// <summary>Gets the launcher that starts the ranks. Default: the launcher that matches the program.</summary>
    public MpiChoice Implementation { get; init; } = MpiChoice.Auto;
}

/// <summary>The member <c>implementation</c> of a manifest.</summary>
internal enum MpiChoice
{
    /// <summary>The launcher of the library to which the program is linked.</summary>
    Auto,

    OpenMpi,

    Mpich,

    /// <summary>Slurm's launcher, inside the allocation in which the worker runs.</summary>
    Srun,
}
