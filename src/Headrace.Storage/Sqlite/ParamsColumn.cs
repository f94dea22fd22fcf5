using System.Buffers.Binary;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The column <c>params</c> of a job: its params as JSON, empty if it has none. For params that are stored with the
/// body (<see cref="InputPayload"/>), it contains their length instead. The length is stored as a zero byte, with which
/// no JSON text begins, followed by a 32-bit big-endian number.
/// </summary>
internal static class ParamsColumn
{
    private const int ReferenceBytes = 1 + sizeof(int);

    public static void Put(Statement into, JobSpec spec)
    {
        if (spec.PayloadParamsBytes == 0)
        {
            into.Bind(spec.Params);
            return;
        }
        Span<byte> reference = stackalloc byte[ReferenceBytes];
        BinaryPrimitives.WriteInt32BigEndian(reference[1..], spec.PayloadParamsBytes);
        into.Bind(reference);
    }

    /// <summary>
    /// Reads the params. For params that are stored with the body, returns no bytes and sets <paramref
    /// name="inPayload"/> to their length.
    /// </summary>
    public static byte[] Take(Statement from, out int inPayload)
    {
        var column = from.ReadBytes();
        inPayload = 0;
        if (column.Length != ReferenceBytes || column[0] != 0)
            return column;
        inPayload = BinaryPrimitives.ReadInt32BigEndian(column.AsSpan(1));
        return [];
    }
}
