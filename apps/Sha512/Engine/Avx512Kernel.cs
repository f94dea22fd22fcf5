using System.Runtime.Intrinsics;
using One = Headrace.Apps.Sha512.Engine.Compression<System.Runtime.Intrinsics.Vector512<ulong>, Headrace.Apps.Sha512.Engine.Avx512Word>;
using Two = Headrace.Apps.Sha512.Engine.Compression<
    Headrace.Apps.Sha512.Engine.Pair<System.Runtime.Intrinsics.Vector512<ulong>>,
    Headrace.Apps.Sha512.Engine.PairWord<System.Runtime.Intrinsics.Vector512<ulong>, Headrace.Apps.Sha512.Engine.Avx512Word>>;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>AVX-512: two groups of eight lanes; one group, each lane faster, while eight lanes do.</summary>
internal sealed unsafe class Avx512Kernel : Kernel
{
    private static readonly int Group = Vector512<ulong>.Count;

    public override int Lanes => 2 * Group;

    public override string Words => "AVX-512, 16 lanes";

    // A lane of one group takes 0.65 GB/s of payload, the framework 1.1 (kernel table in bench/results/sha512.md).
    public override int LanesForPayloads => 2;

    public override int StepsOfSlice => 16_384;

    public override void Chain(LaneMemory memory, int lanes, int times)
    {
        memory.DigestsToMessages();
        if (lanes <= Group)
            for (; times > 0; times--) One.Apply(memory.Constants, memory.Initial, memory.Message, memory.Message);
        else
            for (; times > 0; times--) Two.Apply(memory.Constants, memory.Initial, memory.Message, memory.Message);
        memory.MessagesToDigests();
    }

    public override void Compress(LaneMemory memory, int lanes)
    {
        if (lanes <= Group) One.Apply(memory.Constants, memory.State, memory.Message, memory.State);
        else Two.Apply(memory.Constants, memory.State, memory.Message, memory.State);
    }
}
