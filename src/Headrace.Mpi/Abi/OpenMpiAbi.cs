using System.Runtime.InteropServices;
using Class = Headrace.Mpi.MpiErrorClass;

namespace Headrace.Mpi.Abi;

/// <summary>
/// The binary interface of Open MPI 4.1. A handle is the address of an object that the library exports.
/// </summary>
internal static unsafe class OpenMpiAbi
{
    /// <summary>A symbol that only Open MPI exports.</summary>
    public const string Mark = "ompi_mpi_comm_world";

    public static MpiAbi Of(nint library)
    {
        return new MpiAbi
        {
            Implementation = MpiImplementation.OpenMpi,
            RequestSize = sizeof(nint),
            // MPI_Status consists of int MPI_SOURCE, MPI_TAG, MPI_ERROR and _cancelled, followed by size_t _ucount.
            StatusSize = 24,
            StatusSource = 0,
            StatusTag = 4,
            StatusLength = static status => *(long*)(status + 16),
            AnySource = -1,
            AnyTag = -1,
            NoRank = -2,
            Undefined = -32766,
            InPlace = 1,
            World = Address(Mark),
            ErrorsReturn = Address("ompi_mpi_errors_return"),
            Types =
            [
                Address("ompi_mpi_byte"),
                Address("ompi_mpi_int8_t"),
                Address("ompi_mpi_int16_t"),
                Address("ompi_mpi_int32_t"),
                Address("ompi_mpi_int64_t"),
                Address("ompi_mpi_uint8_t"),
                Address("ompi_mpi_uint16_t"),
                Address("ompi_mpi_uint32_t"),
                Address("ompi_mpi_uint64_t"),
                Address("ompi_mpi_float"),
                Address("ompi_mpi_double"),
            ],
            Operations =
            [
                Address("ompi_mpi_op_sum"),
                Address("ompi_mpi_op_prod"),
                Address("ompi_mpi_op_min"),
                Address("ompi_mpi_op_max"),
                Address("ompi_mpi_op_band"),
                Address("ompi_mpi_op_bor"),
                Address("ompi_mpi_op_bxor"),
            ],
            // The error numbers 0 to 17 in mpi.h: success, buffer, count, type, tag, comm, rank, request, root, group,
            // op, topology, dims, arg, unknown, truncate, other, intern.
            ErrorClasses =
            [
                Class.Other,
                Class.Buffer,
                Class.Count,
                Class.Type,
                Class.Tag,
                Class.Communicator,
                Class.Rank,
                Class.Request,
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
            ],
            SizeVariables = ["OMPI_COMM_WORLD_SIZE"],
        };

        nint Address(string symbol) => NativeLibrary.GetExport(library, symbol);
    }
}
