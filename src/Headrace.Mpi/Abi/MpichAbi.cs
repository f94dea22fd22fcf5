using Class = Headrace.Mpi.MpiErrorClass;

namespace Headrace.Mpi.Abi;

/// <summary>
/// The binary interface of MPICH 4.0, shared by all libraries of the MPICH ABI initiative. A handle is a 32-bit
/// constant.
/// </summary>
internal static unsafe class MpichAbi
{
    public static MpiAbi Table { get; } =
        new()
        {
            Implementation = MpiImplementation.Mpich,
            RequestSize = sizeof(int),
            // MPI_Status consists of int count_lo, count_hi_and_cancelled, MPI_SOURCE, MPI_TAG and MPI_ERROR.
            StatusSize = 20,
            StatusSource = 8,
            StatusTag = 12,
            // The lowest bit of the upper half indicates whether the message was cancelled.
            StatusLength = static status => ((long)(*(uint*)(status + 4) >> 1) << 32) | *(uint*)status,
            AnySource = -2,
            AnyTag = -1,
            NoRank = -1,
            Undefined = -32766,
            InPlace = -1,
            World = 0x44000000,
            ErrorsReturn = 0x54000001,
            Types =
            [
                0x4c00010d,
                0x4c000137,
                0x4c000238,
                0x4c000439,
                0x4c00083a,
                0x4c00013b,
                0x4c00023c,
                0x4c00043d,
                0x4c00083e,
                0x4c00040a,
                0x4c00080b,
            ],
            Operations = [0x58000003, 0x58000004, 0x58000002, 0x58000001, 0x58000006, 0x58000008, 0x5800000a],
            // The error numbers 0 to 19 in mpi.h: success, buffer, count, type, tag, comm, rank, root, group, op,
            // topology, dims, arg, unknown, truncate, other, intern, in status, pending, request.
            ErrorClasses =
            [
                Class.Other,
                Class.Buffer,
                Class.Count,
                Class.Type,
                Class.Tag,
                Class.Communicator,
                Class.Rank,
                Class.Root,
                Class.Argument,
                Class.Operation,
                Class.Argument,
                Class.Argument,
                Class.Argument,
                Class.Other,
                Class.Truncated,
                Class.Other,
                Class.Internal,
                Class.Other,
                Class.Other,
                Class.Request,
            ],
            SizeVariables = ["PMI_SIZE"],
        };
}
