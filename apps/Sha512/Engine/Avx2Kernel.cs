using System.Runtime.Intrinsics;
using One = Headrace.Apps.Sha512.Engine.Compression<
    System.Runtime.Intrinsics.Vector256<ulong>,
    Headrace.Apps.Sha512.Engine.Avx2Word
>;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>
/// The AVX2 kernel: one group of four lanes. Two groups would need more than the 16 registers that AVX2 provides, and
/// measurements showed that they are slower.
/// </summary>
internal sealed unsafe class Avx2Kernel : Kernel
{
    public override int Lanes => Vector256<ulong>.Count;

    public override string Description => "AVX2, 4 lanes";

    // The lanes hash payloads faster than the framework only if all four are in use (bench/results/sha512.md).
    public override int LanesForPayloads => 4;

    public override int StepsOfSlice => 16_384;

    public override void Chain(LaneMemory memory, int lanes, int times)
    {
        memory.DigestsToMessages();
        for (; times > 0; times--)
            One.Apply(memory.Constants, memory.Initial, memory.Message, memory.Message);
        memory.MessagesToDigests();
    }

    public override void Compress(LaneMemory memory, int lanes) =>
        One.Apply(memory.Constants, memory.State, memory.Message, memory.State);
}
