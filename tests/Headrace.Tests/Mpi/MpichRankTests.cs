using Xunit;

namespace Headrace.Tests.Mpi;

[Trait("Needs", "Servers")]
public sealed class MpichRankTests() : RankConformance("mpiexec.mpich");
