using System.Runtime.Intrinsics;
using One = Headrace.Apps.Sha512.Engine.Compression<
    System.Runtime.Intrinsics.Vector512<ulong>,
    Headrace.Apps.Sha512.Engine.Avx512Word
>;
using Two = Headrace.Apps.Sha512.Engine.Compression<
    Headrace.Apps.Sha512.Engine.Pair<System.Runtime.Intrinsics.Vector512<ulong>>,
    Headrace.Apps.Sha512.Engine.PairWord<
        System.Runtime.Intrinsics.Vector512<ulong>,
        Headrace.Apps.Sha512.Engine.Avx512Word
    >
>;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>
/// The AVX-512 kernel: two groups of eight lanes. When at most eight lanes are in use, it runs only one group, which
/// takes less time per step.
/// </summary>
internal sealed unsafe class Avx512Kernel : Kernel
{
    private static readonly int Group = Vector512<ulong>.Count;

    public override int Lanes => 2 * Group;

    public override string Description => "AVX-512, 16 lanes";

    // A single lane hashes a payload more slowly than the framework; two lanes are faster.
    public override int LanesForPayloads => 2;

    public override int StepsOfSlice => 16_384;

    public override void Chain(LaneMemory memory, int lanes, int times)
    {
        // Hashes in place: each digest is written where the next hash reads its message. The padding in rows 8 to 15 is
        // not overwritten, because the schedule starts at row 16.
        memory.DigestsToMessages();
        if (lanes <= Group)
            for (; times > 0; times--)
                One.Apply(memory.Constants, memory.Initial, memory.Message, memory.Message);
        else
            for (; times > 0; times--)
                Two.Apply(memory.Constants, memory.Initial, memory.Message, memory.Message);
        memory.MessagesToDigests();
    }

    public override void Compress(LaneMemory memory, int lanes)
    {
        if (lanes <= Group)
            One.Apply(memory.Constants, memory.State, memory.Message, memory.State);
        else
            Two.Apply(memory.Constants, memory.State, memory.Message, memory.State);
    }
}
