import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.util.List;

/** Serves one H2 file on loopback until its input ends: {@code TestServer <file> <port, or 0>}. */
public final class TestServer {
  /** The driver refuses the wire version that the library gives its own newest one. */
  private static final MongoVersion VERSION =
      new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
          return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
          return 13;
        }
      };

  public static void main(String[] args) throws Exception {
    MongoServer server = new MongoServer(new H2Backend(args[0]).version(VERSION));
    server.bind("127.0.0.1", Integer.parseInt(args[1]));
    System.out.println("listens on " + server.getLocalAddress().getPort());
    while (System.in.read() >= 0) {}
    server.shutdownNow();
  }
}
