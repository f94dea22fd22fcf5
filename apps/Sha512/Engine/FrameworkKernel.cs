using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using static Headrace.Apps.Sha512.Engine.Sha512Constants;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>
/// Uses the framework's own hash, one message at a time. It is used on processors without wide vectors (including
/// Arm64), and tests compare the other kernels with it.
/// </summary>
internal sealed unsafe class FrameworkKernel : Kernel
{
    public override int Lanes => 1;

    public override string Description => "the framework's SHA512, 1 lane";

    public override int LanesForPayloads => int.MaxValue;

    public override int StepsOfSlice => 8_192;

    public override void Chain(LaneMemory memory, int lanes, int times)
    {
        Span<byte> digest = stackalloc byte[DigestBytes];
        Span<byte> next = stackalloc byte[DigestBytes];
        for (var word = 0; word < StateWords; word++)
            BinaryPrimitives.WriteUInt64BigEndian(digest[(8 * word)..], memory.State[word * LaneMemory.RowWords]);
        for (; times > 0; times--)
        {
            SHA512.HashData(digest, next);
            next.CopyTo(digest);
        }
        for (var word = 0; word < StateWords; word++)
            memory.State[word * LaneMemory.RowWords] = BinaryPrimitives.ReadUInt64BigEndian(digest[(8 * word)..]);
    }

    public override void Compress(LaneMemory memory, int lanes) =>
        throw new UnreachableException("The framework kernel hashes whole payloads, not single blocks.");
}
