using Xunit;

namespace Headrace.Tests.Worker.Executors;

// One class for each kind of executor and group of tests.

public sealed class SingleRunningTests : RunningTests<SingleMethod>;

public sealed class SingleStoppingTests : StoppingTests<SingleMethod>;

public sealed class SingleDelegateTests : DelegateTests<SingleMethod>;

public sealed class StreamRunningTests : RunningTests<StreamMethod>;

public sealed class StreamStoppingTests : StoppingTests<StreamMethod>;

public sealed class StreamDelegateTests : DelegateTests<StreamMethod>;

public sealed class BatchRunningTests : RunningTests<BatchMethod>;

public sealed class BatchStoppingTests : StoppingTests<BatchMethod>;

public sealed class BatchDelegateTests : DelegateTests<BatchMethod>;

public sealed class CustomRunningTests : RunningTests<CustomExecutor>;

public sealed class CustomStoppingTests : StoppingTests<CustomExecutor>;

public sealed class CustomKillingTests : KillingTests<CustomExecutor>;

public sealed class CustomSequentialRunningTests : RunningTests<CustomSequentialExecutor>;

public sealed class CustomSequentialStoppingTests : StoppingTests<CustomSequentialExecutor>;

public sealed class CustomSequentialKillingTests : KillingTests<CustomSequentialExecutor>;

public sealed class CustomBatchRunningTests : RunningTests<CustomBatchExecutor>;

public sealed class CustomBatchStoppingTests : StoppingTests<CustomBatchExecutor>;

public sealed class CustomBatchKillingTests : KillingTests<CustomBatchExecutor>;

public sealed class CommandRunningTests : RunningTests<CommandProgram>;

public sealed class CommandStoppingTests : StoppingTests<CommandProgram>;

[Trait("Speed", "Slow")]
public sealed class CommandKillingTests : KillingTests<CommandProgram>;

public sealed class WarmRunningTests : RunningTests<WarmProgram>;

public sealed class WarmStoppingTests : StoppingTests<WarmProgram>;

[Trait("Speed", "Slow")]
public sealed class WarmKillingTests : KillingTests<WarmProgram>;

public sealed class WarmBatchRunningTests : RunningTests<WarmBatchProgram>;

public sealed class WarmBatchStoppingTests : StoppingTests<WarmBatchProgram>;

[Trait("Speed", "Slow")]
public sealed class WarmBatchKillingTests : KillingTests<WarmBatchProgram>;

public sealed class RankThreadsRunningTests : RunningTests<RankThreads>;

public sealed class RankThreadsStoppingTests : StoppingTests<RankThreads>;

public sealed class RankThreadsDelegateTests : DelegateTests<RankThreads>;

public sealed class RankThreadsTogetherRunningTests : RunningTests<RankThreadsTogether>;

public sealed class RankThreadsTogetherStoppingTests : StoppingTests<RankThreadsTogether>;

public sealed class RankThreadsTogetherDelegateTests : DelegateTests<RankThreadsTogether>;
