namespace Headrace.Mpi.Abi;

/// <summary>
/// Defines the aspects in which the binary interfaces of the libraries differ: constants, handles and layouts. The
/// functions are the same; all handles are passed as <c>nint</c>. A 32-bit handle is passed in the lower half of a
/// register. A function that returns such a handle through a pointer writes only the lower half of the variable, so the
/// variable must be zero before the call.
/// </summary>
internal sealed record MpiAbi
{
    public required MpiImplementation Implementation { get; init; }

    /// <summary>Gets the size of a request in an array of requests, in bytes.</summary>
    public required int RequestSize { get; init; }

    /// <summary>Gets the size of an MPI_Status, in bytes.</summary>
    public required int StatusSize { get; init; }

    public required int StatusSource { get; init; }

    public required int StatusTag { get; init; }

    /// <summary>Gets the function that reads the length of a message, in bytes, from an MPI_Status.</summary>
    public required ReadLength StatusLength { get; init; }

    public required int AnySource { get; init; }

    public required int AnyTag { get; init; }

    public required int NoRank { get; init; }

    /// <summary>Gets the color of a rank that does not join a group in a split.</summary>
    public required int Undefined { get; init; }

    /// <summary>Gets the address that represents the result buffer in an in-place operation.</summary>
    public required nint InPlace { get; init; }

    public required nint World { get; init; }

    public required nint ErrorsReturn { get; init; }

    /// <summary>Gets the handles of the predefined types, in the order of <see cref="NumberType"/>.</summary>
    public required IReadOnlyList<nint> Types { get; init; }

    /// <summary>Gets the handles of the operations, in the order of <see cref="ReduceOperation"/>.</summary>
    public required IReadOnlyList<nint> Operations { get; init; }

    /// <summary>Gets the error classes, indexed by the error numbers of this library.</summary>
    public required IReadOnlyList<MpiErrorClass> ErrorClasses { get; init; }

    /// <summary>Gets the environment variables in which the launcher passes the number of ranks.</summary>
    public required IReadOnlyList<string> SizeVariables { get; init; }

    public nint TypeOf(NumberType type) => Types[(int)type];

    public nint HandleOf(ReduceOperation operation) => Operations[(int)operation];

    public MpiErrorClass ErrorClassOf(int number) =>
        number >= 0 && number < ErrorClasses.Count ? ErrorClasses[number] : MpiErrorClass.Other;

    public int RankOf(int rank) =>
        rank switch
        {
            Ranks.Any => AnySource,
            Ranks.None => NoRank,
            _ => rank,
        };

    public int TagOf(int tag) => tag == Tags.Any ? AnyTag : tag;

    public unsafe MessageStatus Read(byte* status)
    {
        var (source, tag) = (*(int*)(status + StatusSource), *(int*)(status + StatusTag));
        return new MessageStatus(
            source == NoRank ? Ranks.None : source,
            tag == AnyTag ? Tags.Any : tag,
            StatusLength(status)
        );
    }

    /// <summary>Reads the length of a message from an MPI_Status.</summary>
    public unsafe delegate long ReadLength(byte* status);
}
