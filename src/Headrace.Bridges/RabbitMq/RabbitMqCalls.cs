namespace Headrace.Bridges.RabbitMq;

/// <summary>Calls RabbitMQ and explains the failure if a call fails.</summary>
internal sealed class RabbitMqCalls(BrokerAddress address)
{
    /// <summary>Runs a call. Throws <see cref="BrokerException"/> if it fails.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception failure) when (RabbitMqFailures.Explain(failure, address) is { } explained)
        {
            throw new BrokerException(explained, failure);
        }
    }

    public Task RunAsync(Func<Task> call) =>
        RunAsync(async () =>
        {
            await call();
            return true;
        });
}
