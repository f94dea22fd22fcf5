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

/// <summary>AVX-512: two groups of eight lanes; one group, each lane faster, while eight lanes do.</summary>
internal sealed unsafe class Avx512Kernel : Kernel
{
    private static readonly int Group = Vector512<ulong>.Count;

    public override int Lanes => 2 * Group;

    public override string Words => "AVX-512, 16 lanes";

    // Alone, a lane takes less of a payload in a second than the framework does; two take more.
    public override int LanesForPayloads => 2;

    public override int StepsOfSlice => 16_384;

    public override void Chain(LaneMemory memory, int lanes, int times)
    {
        // In place: a digest is the next message, and its padding stays in rows 8 to 15, since the schedule grows from
        // row 16.
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
