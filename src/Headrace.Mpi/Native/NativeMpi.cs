using System.Runtime.InteropServices;

namespace Headrace.Mpi.Native;

/// <summary>
/// The functions of the MPI standard. <see cref="MpiLibrary"/> resolves <see cref="Name"/> to the library that was
/// selected. All handles are <c>nint</c>; see <see cref="Abi.MpiAbi"/>.
/// </summary>
internal static unsafe partial class NativeMpi
{
    public const string Name = "mpi-library";

    /// <summary>The thread that initializes the library is the only one that calls it: MPI_THREAD_FUNNELED.</summary>
    public const int OneThread = 1;

    /// <summary>
    /// Buffer size in bytes, at least MPI_MAX_ERROR_STRING and MPI_MAX_LIBRARY_VERSION_STRING of every library.
    /// </summary>
    public const int MaxText = 8192;

    [LibraryImport(Name, EntryPoint = "MPI_Init_thread")]
    public static partial int Initialize(nint argumentCount, nint arguments, int required, int* provided);

    [LibraryImport(Name, EntryPoint = "MPI_Finalize")]
    public static partial int Complete();

    [LibraryImport(Name, EntryPoint = "MPI_Abort")]
    public static partial int Abort(nint communicator, int exitCode);

    [LibraryImport(Name, EntryPoint = "MPI_Get_library_version")]
    public static partial int LibraryVersion(byte* text, int* length);

    [LibraryImport(Name, EntryPoint = "MPI_Error_class")]
    public static partial int ErrorClass(int error, int* number);

    [LibraryImport(Name, EntryPoint = "MPI_Error_string")]
    public static partial int ErrorText(int error, byte* text, int* length);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_set_errhandler")]
    public static partial int SetErrorHandler(nint communicator, nint handler);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_rank")]
    public static partial int Rank(nint communicator, int* rank);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_size")]
    public static partial int Size(nint communicator, int* size);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_split")]
    public static partial int Split(nint communicator, int color, int key, nint* result);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_free")]
    public static partial int Free(nint* communicator);

    [LibraryImport(Name, EntryPoint = "MPI_Type_contiguous")]
    public static partial int ContiguousType(int count, nint type, nint* result);

    [LibraryImport(Name, EntryPoint = "MPI_Type_commit")]
    public static partial int CommitType(nint* type);

    [LibraryImport(Name, EntryPoint = "MPI_Send")]
    public static partial int Send(void* buffer, int count, nint type, int rank, int tag, nint communicator);

    [LibraryImport(Name, EntryPoint = "MPI_Recv")]
    public static partial int Receive(
        void* buffer,
        int count,
        nint type,
        int rank,
        int tag,
        nint communicator,
        byte* status
    );

    [LibraryImport(Name, EntryPoint = "MPI_Isend")]
    public static partial int StartSend(
        void* buffer,
        int count,
        nint type,
        int rank,
        int tag,
        nint communicator,
        nint* request
    );

    [LibraryImport(Name, EntryPoint = "MPI_Irecv")]
    public static partial int StartReceive(
        void* buffer,
        int count,
        nint type,
        int rank,
        int tag,
        nint communicator,
        nint* request
    );

    [LibraryImport(Name, EntryPoint = "MPI_Wait")]
    public static partial int Wait(nint* request, byte* status);

    [LibraryImport(Name, EntryPoint = "MPI_Test")]
    public static partial int Test(nint* request, int* isComplete, byte* status);

    [LibraryImport(Name, EntryPoint = "MPI_Waitany")]
    public static partial int WaitAny(int count, byte* requests, int* index, byte* status);

    [LibraryImport(Name, EntryPoint = "MPI_Iprobe")]
    public static partial int TryProbe(int rank, int tag, nint communicator, int* isFound, byte* status);

    [LibraryImport(Name, EntryPoint = "MPI_Barrier")]
    public static partial int Barrier(nint communicator);

    [LibraryImport(Name, EntryPoint = "MPI_Ibarrier")]
    public static partial int StartBarrier(nint communicator, nint* request);

    [LibraryImport(Name, EntryPoint = "MPI_Bcast")]
    public static partial int Broadcast(void* buffer, int count, nint type, int root, nint communicator);

    [LibraryImport(Name, EntryPoint = "MPI_Scatter")]
    public static partial int Scatter(
        void* all,
        int count,
        nint type,
        void* part,
        int partCount,
        nint partType,
        int root,
        nint communicator
    );

    [LibraryImport(Name, EntryPoint = "MPI_Scatterv")]
    public static partial int ScatterParts(
        void* all,
        int* counts,
        int* offsets,
        nint type,
        void* part,
        int partCount,
        nint partType,
        int root,
        nint communicator
    );

    [LibraryImport(Name, EntryPoint = "MPI_Gather")]
    public static partial int Gather(
        void* part,
        int partCount,
        nint partType,
        void* all,
        int count,
        nint type,
        int root,
        nint communicator
    );

    [LibraryImport(Name, EntryPoint = "MPI_Gatherv")]
    public static partial int GatherParts(
        void* part,
        int partCount,
        nint partType,
        void* all,
        int* counts,
        int* offsets,
        nint type,
        int root,
        nint communicator
    );

    [LibraryImport(Name, EntryPoint = "MPI_Reduce")]
    public static partial int Reduce(
        void* values,
        void* results,
        int count,
        nint type,
        nint operation,
        int root,
        nint communicator
    );

    [LibraryImport(Name, EntryPoint = "MPI_Allreduce")]
    public static partial int AllReduce(
        void* values,
        void* results,
        int count,
        nint type,
        nint operation,
        nint communicator
    );
}
